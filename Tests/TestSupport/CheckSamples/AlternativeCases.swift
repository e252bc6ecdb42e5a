import StudyModel

extension EditCheckCase {
  /// Samples of the alternatives of checks that no other sample makes fire: each breaks one alone.
  public static let alternatives: [EditCheckCase] =
    measured + asked + discharged + explained

  private static let measured: [EditCheckCase] = [
    .init("EC-VS-02", "VS", .query, breaks: ["dbp": "111"], keeps: ["dbp": "110"]),
    .init("EC-VS-02", "VS", .query, breaks: ["hr": "131"], keeps: ["hr": "130"]),
    .init("EC-KM-02", "KMON", .query, breaks: ["dbp": "110"], keeps: ["dbp": "109"]),
    .init("EC-KM-02", "KMON", .query, breaks: ["spo2": "89"], keeps: ["spo2": "90"]),
    .init(
      "EC-DM-01", "ELIG", .hard, common: ["I02": "Y"], breaks: ["DM.age@SCR": "20"],
      keeps: ["DM.age@SCR": "21"]),
    .init(
      "EC-MAD-01", "MADRS", .warning,
      common: Dictionary(
        uniqueKeysWithValues: (1...10).map { ($0 < 10 ? "m0\($0)" : "m10", "4") }),
      breaks: ["total@previous": "19"], keeps: ["total@previous": "20"]),
    .init(
      "EC-KD-03", "KDOSE", .query,
      common: ["start": "2027-01-05T09:00:00Z", "paused_min": "5", "stopped_early": "false"],
      breaks: ["end": "2027-01-05T09:51:00Z"], keeps: ["end": "2027-01-05T09:50:00Z"]),
    .init(
      "EC-KD-06", "KDOSE", .warning, common: ["WT.weight@SCR": "100"],
      breaks: ["weight_today": "105.1"], keeps: ["weight_today": "105.0"]),
    .init(
      "EC-PRP-01", "KDOSE", .query,
      common: [
        "FACT.arm": "KAP", "FACT.visit": "K1", "PREP.done@P1": "Y", "PREP.done@P2": "Y",
        "start": "2027-01-12T10:00:00Z",
      ], breaks: ["PREP.end@P1": "2027-01-12T10:30:00Z"],
      keeps: ["PREP.end@P1": "2027-01-12T10:00:00Z"]),
  ]

  private static let asked: [EditCheckCase] = [
    .init(
      "EC-MAD-02", "MADRS", .warning, common: ["m01": "1"], breaks: ["m02": "5"],
      keeps: ["m02": "4"]),
    .init(
      "EC-QID-01", "QIDSSR16", .warning, common: ["q08": "1"], breaks: ["q09": "1"],
      keeps: ["q09": "0"]),
    .init(
      "EC-QID-01", "QIDSU", .warning, common: ["q08": "1"], breaks: ["q09": "1"],
      keeps: ["q09": "0"]),
    .init(
      "EC-CSS-01", "CSSRSS", .hard, common: ["q4": "N"], breaks: ["q2": "N"], keeps: ["q2": "Y"]),
    .init(
      "EC-CSS-01", "CSSRSS", .hard, common: ["q5": "N"], breaks: ["q2": "N"], keeps: ["q2": "Y"]),
    .init(
      "EC-CSS-01", "CSSRSS", .hard, common: ["version": "screen", "q6_3mo": "N"],
      breaks: ["q6": "N"], keeps: ["q6": "Y"]),
    .init(
      "EC-MH-01", "MH", .hard, common: ["end": "2026"], breaks: ["ongoing": "true"],
      keeps: ["ongoing": "false"]),
    .init("EC-YMR-01", "YMRS", .warning, breaks: ["y06": "3"], keeps: ["y06": "4"]),
    .init("EC-YMR-01", "YMRS", .warning, breaks: ["y08": "5"], keeps: ["y08": "6"]),
    .init(
      "EC-ACCT-01", "ACCT", .hard, common: ["received": "2027-01-03"],
      breaks: ["returned": "2027-01-02"], keeps: ["returned": "2027-01-03"]),
    .init(
      "EC-ACCT-01", "ACCT", .hard, common: ["received": "2027-01-03"],
      breaks: ["destroyed": "2027-01-02"], keeps: ["destroyed": "2027-01-03"]),
  ]

  private static let discharged: [EditCheckCase] =
    ["moaas5", "vs_ok", "cadss_ok", "escort", "no_drive_told"].flatMap { criterion in
      [
        EditCheckCase(
          "EC-KX-01", "KDISCH", .hard, breaks: [criterion: "false"], keeps: [criterion: "true"]),
        EditCheckCase(
          "EC-KX-01", "KDISCH", .query, common: ["override_reason": "uses a walker"],
          breaks: [criterion: "false"], keeps: [criterion: "true"]),
      ]
    } + [
      EditCheckCase(
        "EC-KX-01", "KDISCH", .query,
        common: ["KDOSE.start": "2027-01-05T09:00:00Z", "override_reason": "lives next door"],
        breaks: ["discharged_at": "2027-01-05T10:59:00Z"],
        keeps: ["discharged_at": "2027-01-05T11:00:00Z"])
    ]

  /// What explains another treatment than the allocated one: each form with an arm it does not belong to.
  private static let explained: [EditCheckCase] = [
    ("PSYED", "KAP", ["KET", "ESK", "ECT"]), ("KDOSE", "ECT", ["KET", "ESK"]),
    ("KMON", "ECT", ["KET", "ESK"]), ("CADSS", "ECT", ["KET", "ESK"]),
    ("MEQ30", "ECT", ["KET", "ESK"]), ("KDISCH", "ECT", ["KET", "ESK"]),
    ("KCRAVE", "ECT", ["KET", "ESK"]), ("ECTTX", "KET", ["ECT"]), ("ECTREC", "KAP", ["ECT"]),
    ("PREP", "KET", ["PSYTHER"]), ("SESS", "KET", ["PSYTHER"]), ("INTEG", "ECT", ["PSYTHER"]),
    ("ALLI", "KET", ["PSYTHER"]),
  ].flatMap { form, arm, kinds in
    ([("TXDISC.reason@all", "AE")] + kinds.map { ("FUTX.kind@all", $0) }).map { reference, value in
      EditCheckCase(
        "EC-ARM-01", form, .query, common: ["FACT.arm": arm], breaks: [reference: value], keeps: [:]
      )
    }
  }
}
