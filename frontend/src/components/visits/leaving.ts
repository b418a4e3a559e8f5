import { csrfToken } from "../../dom";

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
