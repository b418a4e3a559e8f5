import { t } from "../../i18n";

export type Recogniser = {
  lang: string;
  continuous: boolean;
  processLocally?: boolean;
  onresult: (event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void;
  onend: () => void;
  start(): void;
  stop(): void;
};

/** The browser's own ear, where it has one; asked to listen on the phone itself where it can. */
export function recogniser(): Recogniser | null {
  const maker = window as unknown as Record<string, (new () => Recogniser) | undefined>;
  const Made = maker["SpeechRecognition"] ?? maker["webkitSpeechRecognition"];
  if (!Made) return null;
  const ear = new Made();
  ear.lang = "zh-CN";
  if ("processLocally" in ear) ear.processLocally = true;
  return ear;
}

export const mayDictate = (): boolean => recogniser() !== null;

/** Write what is said at the end of a box, until it is stopped or falls silent; `done` tells when. */
export function dictate(box: HTMLTextAreaElement, done: () => void): () => void {
  const ear = recogniser();
  if (!ear) return () => undefined;
  const before = box.value;
  ear.continuous = true;
  ear.onresult = ({ results }) => {
    const heard = Array.from({ length: results.length }, (_each, at) => results[at]![0]!.transcript);
    box.value = before + heard.join("");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  ear.onend = done;
  ear.start();
  return () => ear.stop();
}

/** Whose ear it is must be known before one speaks into it. */
export const earWords = (): string => t("The browser’s maker turns speech into words, maybe over the network: say no names and no numbers.");
