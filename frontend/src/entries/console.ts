import "../styles/console.css";
import "../components/live/live";
import "../components/map/map";
import "../components/place-picker/place-picker";
import "../components/sound/sound";
import { tieConsole } from "../behaviours/console";
import { watchIdleness } from "../behaviours/idleness";
import { tieNewCall } from "../behaviours/new-call";
import { tieSpots } from "../behaviours/spots";

tieConsole();
tieSpots();
tieNewCall();
watchIdleness();
