/**
 * Have this page open without signal: its frame and files are kept by the service worker, and nothing else.
 * `renewed` is told when a new build has come in while an old one is still on the screen.
 */
export function install(renewed: () => void): void {
  const worker = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!worker) return;
  if (worker.controller) worker.addEventListener("controllerchange", renewed);
  void worker.register("/field/sw.js", { scope: "/field/" }).catch(() => undefined);
}
