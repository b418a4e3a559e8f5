import "../styles/console.css";
import "../components/live/live";
import "../components/map/map";
import "../components/place-picker/place-picker";
import "../components/sound/sound";
import { tieConsole } from "../behaviours/console";
import { tieNewCall } from "../behaviours/new-call";

tieConsole();
tieNewCall();
