import type { Edit } from "../components/plan/editing";
import type { TxPlan } from "../components/plan/plan";
import { csrfToken } from "../dom";
import { t } from "../i18n";
import { toast } from "./toasts";

type Asked = Edit & { undo(): void };

/** Posts what is amended on <tx-plan data-edit-url>, one after another; a refusal is said and taken back. */
export function listenToPlanEdits(): void {
  let before: Promise<void> = Promise.resolve();
  document.addEventListener("tx:edit", (event) => {
    const plan = event.target as TxPlan;
    const asked = (event as CustomEvent<Asked>).detail;
    const url = plan.dataset["editUrl"];
    if (url) before = before.then(() => post(plan, url, asked));
  });
}

type Answer = { again?: boolean; flats?: { flat: number; changes: object }[]; detail?: string };

async function post(plan: TxPlan, url: string, asked: Asked): Promise<void> {
  const { undo, ...edit } = asked;
  if (edit.act === "set") edit.version = versionOf(plan, edit.flat) ?? edit.version;
  if (edit.act === "many") for (const item of edit.items) item.version = versionOf(plan, item.flat) ?? item.version;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), Accept: "application/json" };
  try {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(edit) });
    const said = (await answer.json()) as Answer;
    if (!answer.ok) return refuse(undo, said.detail ?? t("This was not kept."));
    if (said.again) {
      history.replaceState(null, "", `#amend-${plan.chosen?.id ?? 0}`);
      location.reload();
    }
    for (const { flat, changes } of said.flats ?? []) plan.settle(flat, changes);
  } catch {
    refuse(undo, t("No network: this change was not kept. Make it again when there is one."));
  }
}

/** Two changes of one flat may follow faster than the first answer comes back. */
function versionOf(plan: TxPlan, flat: number): number | undefined {
  return plan.plan?.units.flatMap((unit) => unit.flats).find((each) => each.id === flat)?.version;
}

function refuse(undo: () => void, words: string): void {
  undo();
  toast(words, "broken");
}
