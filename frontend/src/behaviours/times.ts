import { t } from "../i18n";

const DAY = 24 * 3600;

/** "2 min ago": the same words as formats.relative() in Python; '' when no longer fresh. */
export function relative(moment: number, now: number): string {
  const seconds = Math.trunc((now - moment) / 1000);
  if (Math.abs(seconds) >= DAY) return "";
  if (Math.abs(seconds) < 60) return seconds >= 0 ? t("just now") : t("at once");
  const minutes = Math.trunc(Math.abs(seconds) / 60);
  const hours = Math.trunc(minutes / 60);
  if (seconds > 0) {
    if (minutes < 60) return t("%(num)s min ago", { num: minutes });
    return hours === 1 ? t("%(num)s hour ago", { num: 1 }) : t("%(num)s hours ago", { num: hours });
  }
  if (minutes < 60) return t("in %(num)s min", { num: minutes });
  return hours === 1 ? t("in %(num)s hour", { num: 1 }) : t("in %(num)s hours", { num: hours });
}

function refresh(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const words = relative(Date.parse(time.dateTime), Date.now());
    if (words && words !== time.textContent) time.textContent = words;
  }
}

/** Keep every <time data-ago> fresh. */
export function keepTimesFresh(): void {
  setInterval(refresh, 15_000);
}
