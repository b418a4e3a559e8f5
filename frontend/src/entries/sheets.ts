import "../styles/sheets.css";
import { tieSheets } from "../behaviours/sheets";

tieSheets();
