import { csrfToken } from "../../dom";
import { t } from "../../i18n";
import { present, unsent } from "./keeping";
import { forgetAll } from "./syncing";

/** Send what waits, a few times if need be; how much could not be sent. */
export async function sendAllFirst(send: () => Promise<unknown>, left: () => Promise<number>): Promise<number> {
  for (let turn = 0; turn < 3 && (await left()) > 0; turn++) await send();
  return left();
}

/** Log out by the form that every page's log-out is. */
export function leaveNow(): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/accounts/logout/";
  form.hidden = true;
  const token = Object.assign(document.createElement("input"), { name: "csrfmiddlewaretoken", value: csrfToken() });
  form.append(token);
  document.body.append(form);
  form.submit();
}

/**
 * Before a log-out on any other page of the phone: whether it may go on. What was taken along is cleared; acts that
 * are not sent lie under the PIN, so that the way out leads through the page that can open and send them.
 */
export async function mayLeave(): Promise<boolean> {
  if (!present()) return true;
  const count = await unsent();
  if (count === 0) {
    await forgetAll("logout");
    return true;
  }
  if (window.confirm(t("%(count)s of your visits are not sent. Open them, send them and log out then?", { count }))) location.assign("/field/visits/#/leave");
  return false;
}
