import "../components/plan/plan";
