import "../styles/homes.css";
