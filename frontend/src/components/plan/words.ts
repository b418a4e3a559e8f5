import own from "virtual:messages/plan";
import { learn, t } from "../../i18n";
import type { Flat, FlatState, FlatUse } from "./model";

learn(own);

export const stateWords = (state: FlatState): string =>
  ({ lived_in: t("Lived in"), let: t("Let"), empty: t("Empty"), unknown: t("Not known") })[state];

/** The shortest word for a state, for keys and legends where room is short. */
export const useWords = (use: FlatUse): string =>
  ({ flat: t("Flat"), shop: t("Shop"), bungalow: t("Bungalow"), court: t("Shared court"), common: t("Common room"), other: t("Other") })[use];

const CARE: Record<string, () => string> = {
  lives_alone: () => t("Lives alone"),
  hard_of_hearing: () => t("Hard of hearing"),
  poor_sight: () => t("Poor sight"),
  wheelchair: () => t("Wheelchair"),
  bedridden: () => t("Cannot leave the bed"),
  oxygen: () => t("Oxygen at home"),
  dialysis: () => t("Dialysis"),
  memory: () => t("May lose the way"),
  infant: () => t("Infant"),
  pregnant: () => t("Expecting"),
  sign_language: () => t("Speaks sign language"),
};

export const careWords = (code: string): string => CARE[code]?.() ?? code;

const FLAGS = {
  noVisit: () => t("Asks for no visits"),
  hazard: () => t("Charges e-bikes indoors"),
  dog: () => t("Dog"),
};

export type Flag = keyof typeof FLAGS;

export const flagWords = (flag: Flag): string => FLAGS[flag]();

export const floorWords = (floor: number): string =>
  floor > 0 ? t("Floor %(n)s", { n: floor }) : t("Basement %(n)s", { n: -floor });

export const unitWords = (number: string): string => (number ? (/\D$/.test(number) ? number : t("Unit %(n)s", { n: number })) : "");

export const freshWords = (fresh: number): string =>
  [t("Never confirmed"), t("Confirmed long ago"), t("Confirmed this year"), t("Confirmed lately")][fresh] ?? "";

/** Marks in the order in which they must not be missed. */
export function marksOf(flat: Flat): { code: string; words: string; urgent: boolean }[] {
  const flags = (["noVisit", "hazard"] as Flag[]).filter((flag) => flat[flag]).map((code) => ({ code, words: flagWords(code), urgent: true }));
  const care = flat.care.map((code) => ({ code, words: careWords(code), urgent: false }));
  const dog = flat.dog ? [{ code: "dog", words: flagWords("dog"), urgent: false }] : [];
  return [...flags, ...care, ...dog];
}

/** Whether somebody may live in it: courts and common rooms have no state. */
export const hasState = (use: FlatUse): boolean => use !== "court" && use !== "common";

/** A cell as one sentence, for ears. */
export function spoken(flat: Flat): string {
  const what = flat.use === "flat" ? [] : [useWords(flat.use)];
  const how = hasState(flat.use) ? [stateWords(flat.state), freshWords(flat.fresh)] : [];
  return [flat.number, ...what, ...how, ...marksOf(flat).map((mark) => mark.words)].join(t(", "));
}
