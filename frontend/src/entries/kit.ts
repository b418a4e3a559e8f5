import "../styles/kit.css";
import "../components/clock/clock";
import { configureHtmx } from "../behaviours/htmx";
import { listenToKeys } from "../behaviours/keys";
import { keepAlive, listenToPage } from "../behaviours/page";
import { listenToTables } from "../behaviours/tables";
import { spareTyping } from "../behaviours/sparing";
import { keepTimesFresh } from "../behaviours/times";
import { watchToasts } from "../behaviours/toasts";

configureHtmx();
listenToKeys();
listenToPage();
listenToTables();
keepTimesFresh();
watchToasts();
keepAlive();
spareTyping();
