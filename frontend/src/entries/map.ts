import "../components/map/map";
