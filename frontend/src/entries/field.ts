import "../styles/field.css";
import { listenToRequired } from "../behaviours/required";
import "../components/live/live";
import "../components/offline-queue/offline-queue";
import "../components/whereabouts/whereabouts";

listenToRequired();

// The phone's map is fetched only on the page that shows one.
if (document.querySelector("tx-map")) void import("../components/map/map");
