/**
 * The service worker of the phone pages, scope /field/. It keeps the frame of the visits page, the quiet page that
 * stands in when there is no signal, and the built files behind them: nothing that a log-in made, no JSON, no photo,
 * no other page. Django puts `self.TONGXIN` in front of it (surfaces/field/visits.py); a new build is a new version.
 */
type Kept = { version: string; shell: string; quiet: string; files: string[] };
type Extendable = Event & { waitUntil(done: Promise<unknown>): void };
type Asked = Extendable & { request: Request; preloadResponse?: Promise<Response | undefined>; respondWith(answer: Promise<Response>): void };
type Worker = {
  TONGXIN: Kept;
  registration: { navigationPreload?: { enable(): Promise<void> } };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", act: (event: Extendable) => void): void;
  addEventListener(name: "fetch", act: (event: Asked) => void): void;
};

const worker = self as unknown as Worker;
const { version, shell, quiet, files } = worker.TONGXIN;
const PREFIX = "tongxin-field-";
const NAME = PREFIX + version;

/** All of it or nothing: a log-in page in place of the frame, or a file that is gone, ends the installation. */
async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  await Promise.all([shell, quiet, ...files].map((address) => take(cache, address)));
  await worker.skipWaiting();
}

async function take(cache: Cache, address: string): Promise<void> {
  const fresh = address === shell || address === quiet ? "no-store" : "default";
  const answer = await fetch(address, { cache: fresh, headers: { "X-Tongxin-Background": "1" } });
  if (!answer.ok || answer.redirected) throw new Error(`${address}: ${answer.status}`);
  await cache.put(address, answer);
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

/** The frame comes from the phone, so that it opens at once; afterwards it is looked whether its words are others. */
async function frame(event: Asked): Promise<Response> {
  const cache = await caches.open(NAME);
  const kept = await cache.match(shell);
  if (!kept) return fetch(event.request);
  event.waitUntil(refresh(cache, event.preloadResponse));
  return kept;
}

async function refresh(cache: Cache, loading: Promise<Response | undefined> | undefined): Promise<void> {
  const answer = await loading?.catch(() => undefined);
  if (answer?.ok && !answer.redirected && answer.headers.get("X-Tongxin-Shell") === version) await cache.put(shell, answer);
}

/** Every other page comes from the server and is never kept; without signal a quiet page says so. */
async function page(event: Asked): Promise<Response> {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch (error) {
    const kept = await (await caches.open(NAME)).match(quiet);
    if (kept) return kept;
    throw error;
  }
}

async function file(request: Request): Promise<Response> {
  return (await (await caches.open(NAME)).match(request)) ?? fetch(request);
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(pathname === shell ? frame(event) : page(event));
  else if (files.includes(pathname)) event.respondWith(file(request));
});

export {};
