import "../styles/field.css";
import "../styles/homes.css";
import { cookie } from "../dom";
import { install } from "../components/visits/installing";
import type { TxVisits } from "../components/visits/visits";
import "../components/visits/visits";

// A new build is taken up when the phone locks, never under a typing finger.
install(() => document.querySelector<TxVisits>("tx-visits")?.renewWhenLocked());

// The page is the same for everybody: which light one reads by, the phone itself knows.
const theme = cookie("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
