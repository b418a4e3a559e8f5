import { t } from "../i18n";
import { toast } from "./toasts";

type Trouble = CustomEvent<{ tags?: string[]; exception?: unknown }>;

/** A passkey that does not work says what to do instead of falling silent. */
export function listenToPasskeys(): void {
  document.addEventListener("allauth.error", (event) => {
    const { tags, exception } = (event as Trouble).detail;
    if (!tags?.includes("webauthn")) return;
    event.preventDefault();
    toast(wordsFor(exception), "broken");
  });
}

function wordsFor(exception: unknown): string {
  const name = exception instanceof Error ? exception.name : "";
  if (name === "NotAllowedError") return t("The passkey was not used, or it took too long. Try again, or log in with the password.");
  if (name === "InvalidStateError") return t("This device or key is set up already.");
  if (name === "SecurityError") return t("Passkeys need the address by its name, such as https://police.example, not by numbers.");
  return t("This passkey does not work here. Log in with the password.");
}
