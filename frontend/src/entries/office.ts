import "../styles/office.css";
import "../components/live/live";
import { tieOffice } from "../behaviours/office";

if (document.querySelector("tx-map")) void import("../components/map/map");
tieOffice();
