declare module "virtual:messages/*" {
  const messages: Record<string, string>;
  export default messages;
}

declare module "virtual:messages" {
  const messages: Record<string, string>;
  export default messages;
}

/** The builds for a strict content policy have the types of the usual one. */
declare module "maplibre-gl/dist/maplibre-gl-csp.js" {
  import * as maplibre from "maplibre-gl";
  export default maplibre;
}
