import { t } from "../../i18n";
import { present, unsent } from "../visits/keeping";
import { forgetAll } from "../visits/syncing";

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
