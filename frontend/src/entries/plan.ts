import "../components/plan/plan";
import { listenToPlanEdits } from "../behaviours/plan-edits";

listenToPlanEdits();
