/// The members the writer writes, by type: a test compares them with what the types hold.
///
/// Some follow from others: `fields` and `places` from `sections`, `formPlaces` from `forms`,
/// `randomizationReading` from both.
public enum WrittenMembers {
  /// The names of the members of each type, as they are declared.
  public static let byType: [String: Set<String>] = [
    "StudyDefinition": [
      "key", "protocolNumber", "version", "title", "sponsorContact", "arms", "roles",
      "incompatibleRoles", "everUnblindedExcludesBlinded", "sites", "visits", "forms",
      "formPlaces", "instruments", "randomization", "randomizationReading", "primaryEndpoint",
      "analysis", "hypotheses", "sampleSize", "interim", "lock", "texts", "alerts", "clocks",
      "deviations", "samples", "lifecycles", "populations", "estimands",
      "secondaryEndpoints", "visibility", "monitoring", "questionnaires", "ratings",
      "accessReview", "sponsorZone",
      // Of a definition that is read it is the version itself.
      "planVersion",
    ],
    "Arm": ["code", "title", "ratio"],
    "Role": [
      "id", "title", "blinding", "scope", "classes", "ownEntriesOnly", "capabilities", "purpose",
      "isNeededAtSites", "isTimeLimited",
    ],
    "SiteDefinition": [
      "key", "title", "country", "timeZone", "cap", "emergencyContact", "consentVersions",
    ],
    "Visit": [
      "code", "title", "targetDay", "window", "place", "dataClass", "arms", "after", "latestDay",
    ],
    "VisitDistance": ["visit", "days"],
    "Form": [
      "id", "title", "dataClass", "visits", "enteredBy", "signedBy", "signatureMeaning",
      "instrument", "sections", "fields", "places", "batteryDiffersBecause", "isRepeating",
      "checks",
      "withdrawalLevel", "disclosure", "arms", "planned", "subject", "followUp",
    ],
    "FollowUp": ["begun", "condition"],
    "FormSection": ["title", "fields"],
    "Field": [
      "id", "label", "hint", "type", "unit", "required", "calculation", "dataClass",
      "declassifiedBecause", "mayLieAhead",
    ],
    "DisclosureRule": ["field", "undisclosed"],
    "PlannedRepeats": ["field", "values", "isShuffled"],
    "EditCheck": [
      "code", "kind", "condition", "sentence", "field", "inputClass", "prompt",
      "declassifiedBecause", "sets", "setBy", "afterHours",
    ],
    "AnswerSetting": ["form", "field", "answer"],
    "EntryPrompt": ["form", "answers"],
    "Instrument": [
      "id", "version", "title", "respondent", "licence", "items", "outputs", "statuses", "alerts",
    ],
    "InstrumentItem": ["id", "label", "range", "askedWhen"],
    "InstrumentOutput": ["id", "label", "formula"],
    "StatusRule": ["status", "condition"],
    "AlertRule": ["name", "condition"],
    "RandomizationPlan": [
      "method", "factors", "plannedTotal", "siteCap", "preconditions", "acknowledgeWithinHours",
    ],
    "StratificationFactor": ["id", "title", "source", "copy"],
    "Precondition": ["code", "kind", "sentence", "whereToMend"],
    "PrimaryEndpoint": ["baseline", "followUp", "leastFall", "usableDays", "strata"],
    "AnalysisPlan": [
      "fullSet", "perProtocolSet", "safetySet", "failure", "raterUnblinded", "cluster",
      "guesses", "baseline", "received", "adverseEvents", "imputations", "redraws",
    ],
    "ReceivedTreatment": ["armCode", "shownBy"],
    "AdverseEventFields": ["form", "organClass", "term", "grade", "serious"],
    "SecondaryEndpoint": ["id", "title", "value", "visits", "arms", "population", "origin"],
    "Hypothesis": ["id", "order", "first", "second", "objective", "alphaOneSided", "sentence"],
    "SampleSizeRecord": ["perArm", "assumptions", "alphaOneSided", "method", "power"],
    "InterimPlan": [
      "looks", "spending", "boundaries", "futilityAdviceBelow", "armLabels", "smallestOpenCell",
      "safetyEveryMonths", "pooledEventsReason",
    ],
    "InterimLook": ["id", "isEfficacy", "participants", "reachedDay", "information"],
    "StatedBoundary": ["information", "cumulativeAlpha", "critical"],
    "LockPlan": ["steps", "lastDay", "hardLockedBy", "unblindedBy", "retentionYears"],
    "LockStep": ["id", "sentence", "signedBy"],
    "RequiredText": ["id", "text"],
    "AlertPlan": [
      "id", "title", "triggers", "recipients", "existenceOnly", "escalatedTo", "deadline",
      "isRepeated",
    ],
    "SafetyClock": [
      "id", "title", "form", "startsAt", "condition", "limit", "followUpDays", "reminded",
      "escalatedTo", "isMetByEntry", "isMetByEachVersion", "told", "declassifiedBecause",
    ],
    "DeviationType": [
      "id", "title", "importance", "classes", "exclusion", "excludesWhen", "draftedBy", "rules",
      "missing", "isDraftedByCorrection",
    ],
    "MissingEntryRule": ["form", "visit", "lastDay", "declassifiedBecause"],
    "DeviationRule": ["form", "condition", "declassifiedBecause", "report"],
    "DeviationReport": ["occurredOn", "words", "foundBy"],
    "RecordSample": ["id", "title", "percent", "review", "recordField", "sources"],
    "SampledForm": ["form", "condition", "person", "carried", "answers"],
    "LifecyclePlan": ["id", "title", "dataClass", "states", "transitions"],
    "LifecycleState": ["id", "title", "isEnd"],
    "ContactRule": ["attempts", "channels", "days"],
    "LifecycleTransition": [
      "event", "from", "to", "roles", "isAutomatic", "signedForms", "condition", "needs",
      "people", "needsReason", "contacts", "sentence",
    ],
    "LifecycleNeed": ["condition", "sentence"],
    "Population": ["id", "title", "dataClass", "rule", "declassifiedAs", "declassifiedBecause"],
    "Estimand": ["id", "population", "treatment", "variable", "summary", "events"],
    "IntercurrentEvent": ["event", "strategy", "note"],
    "VisibilityGroup": ["id", "title", "forms", "rights"],
    "MonitoringPlan": ["members", "recommendations", "guidelines"],
    "QuestionnairePlan": ["openHours", "reminderHours"], "RatingPlan": ["hours"],
    "AccessReviewPlan": ["days"],
  ]
}
