import "../components/live/live";

if (document.querySelector("tx-map")) void import("../components/map/map");
