import "../components/place-picker/place-picker";
