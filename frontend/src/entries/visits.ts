import "../styles/kit.css";
import "../styles/field.css";
import "../styles/homes.css";
import { keepAlive, listenToPage } from "../behaviours/page";
import { watchToasts } from "../behaviours/toasts";
import { install } from "../components/visits/installing";
import type { TxVisits } from "../components/visits/visits";
import "../components/visits/visits";
import { cookie } from "../dom";

// Of the kit only what this page needs: it fetches no fragments, so that it has no htmx.
listenToPage();
watchToasts();
keepAlive();

// The page is the same for everybody: which light one reads by, the phone itself knows.
const theme = cookie("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;

// A new build is taken up when the phone locks, never under a typing finger.
install(() => document.querySelector<TxVisits>("tx-visits")?.renewWhenLocked());
