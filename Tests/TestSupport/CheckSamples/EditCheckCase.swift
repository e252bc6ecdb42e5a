public import StudyModel

/// One edit check with answers that break it and answers that keep it.
///
/// Answers are drafts: what is not named is not asked for. `elsewhere` holds values of other entries and facts
/// under the references of the formulas, each as its stored text.
public struct EditCheckCase: Sendable, CustomStringConvertible {
  /// The code of the check.
  public let code: String
  /// The form it is made on.
  public let form: String
  /// How severe it is.
  public let kind: FaultKind
  /// What both share.
  public let common: [String: String]
  /// What breaks it.
  public let breaks: [String: String]
  /// What keeps it.
  public let keeps: [String: String]

  init(
    _ code: String, _ form: String, _ kind: FaultKind, common: [String: String] = [:],
    breaks: [String: String], keeps: [String: String]
  ) {
    self.code = code
    self.form = form
    self.kind = kind
    self.common = common
    self.breaks = breaks
    self.keeps = keeps
  }

  /// Code, severity and form.
  public var description: String { "\(code) \(kind.rawValue) on \(form)" }

  /// Each with an arm it belongs to and one it does not, and a later treatment that explains it and one
  /// that does not.
  private static let armForms:
    [(form: String, own: String, other: String, kind: String, wrong: String)] = [
      ("PSYED", "KET", "KAP", "ESK", "PSYTHER"), ("KDOSE", "KAP", "ECT", "KET", "ECT"),
      ("ECTTX", "ECT", "KET", "ECT", "KET"), ("PREP", "KAP", "KET", "PSYTHER", "ECT"),
      ("SESS", "KAP", "KET", "PSYTHER", "KET"), ("INTEG", "KAP", "ECT", "PSYTHER", "OTHER"),
      ("KMON", "KET", "ECT", "ESK", "ANTIDEP"), ("CADSS", "KAP", "ECT", "KET", "PSYTHER"),
      ("MEQ30", "KET", "ECT", "KET", "ECT"), ("KDISCH", "KAP", "ECT", "ESK", "ECT"),
      ("KCRAVE", "KET", "ECT", "KET", "TMS"), ("ECTREC", "ECT", "KAP", "ECT", "PSYTHER"),
      ("ALLI", "KAP", "KET", "PSYTHER", "KET"),
    ]

  /// The checks of section 9 of the protocol, and those of the same kind beside them.
  public static let all: [EditCheckCase] =
    entry + conduct + ratings + infusion + ect + therapy + safety

  private static let entry: [EditCheckCase] = [
    .init(
      "EC-ICF-01", "ICF", .hard, common: ["icf_ver": "1.0"],
      breaks: ["FACT.consent_versions": "2.0,3.0"], keeps: ["FACT.consent_versions": "1.0,2.0"]),
    .init(
      "EC-DM-01", "DM", .query, common: ["ICF.icf_dt@SCR": "2027-01-04T08:00:00Z"],
      breaks: ["birth_year": "2007"], keeps: ["birth_year": "2006"]),
    .init(
      "EC-DM-01", "DM", .query, common: ["ICF.icf_dt@SCR": "2027-01-04T08:00:00Z"],
      breaks: ["birth_year": "1951"], keeps: ["birth_year": "1952"]),
    .init(
      "EC-DM-01", "ELIG", .hard, common: ["I02": "Y"], breaks: ["DM.age@SCR": "76"],
      keeps: ["DM.age@SCR": "75"]),
    .init(
      "EC-DM-02", "DM", .query, common: ["IDENT.birth_date@SCR": "1974-05-01"],
      breaks: ["birth_year": "1975"], keeps: ["birth_year": "1974"]),
    .init(
      "EC-PSY-01", "PSYHX", .hard, common: ["n_failed_life": "4"], breaks: ["n_failed_ep": "5"],
      keeps: ["n_failed_ep": "4"]),
    .init(
      "EC-PSY-02", "PSYHX", .hard, common: ["DM.age@SCR": "40"], breaks: ["onset_age": "41"],
      keeps: ["onset_age": "40"]),
    .init(
      "EC-MH-01", "MH", .hard, common: ["start": "2020", "ongoing": "false"],
      breaks: ["end": "2019-12"], keeps: ["end": "2020-01"]),
    .init(
      "EC-ELIG-01", "ELIG", .hard, common: ["I07": "Y"], breaks: ["MADRS.total@SCR": "20"],
      keeps: ["MADRS.total@SCR": "21"]),
    .init(
      "EC-ELIG-02", "ELIG", .hard, common: ["I08": "Y"], breaks: ["YMRS.total@SCR": "6"],
      keeps: ["YMRS.total@SCR": "5"]),
    .init(
      "EC-ELIG-03", "ELIG", .hard, common: ["I09": "Y"], breaks: ["MOCA.total@SCR": "17"],
      keeps: ["MOCA.total@SCR": "18"]),
    .init(
      "EC-ELIG-04", "ELIG", .hard, common: ["E02": "N", "DM.childbearing@SCR": "true"],
      breaks: ["PREG.presult@SCR": "POS"], keeps: ["PREG.presult@SCR": "NEG"]),
    .init(
      "EC-ELIG-04", "ELIG", .hard, common: ["E02": "N"], breaks: ["DM.childbearing@SCR": "true"],
      keeps: ["DM.childbearing@SCR": "false"]),
    // Where nobody said whether childbearing is possible, a test is needed unless the person is male, as for RND-08.
    .init(
      "EC-ELIG-04", "ELIG", .hard, common: ["E02": "N"], breaks: ["DM.sex@SCR": "I"],
      keeps: ["DM.sex@SCR": "M"]),
    .init(
      "EC-ELIG-04", "ELIG", .hard, common: ["E02": "N", "DM.sex@SCR": "U"], breaks: [:],
      keeps: ["PREG.presult@SCR": "NEG"]),
    // A positive test speaks for itself, whoever needed one; the one at baseline is asked about by RND-08.
    .init(
      "EC-ELIG-04", "ELIG", .hard, common: ["E02": "N", "DM.childbearing@SCR": "false"],
      breaks: ["PREG.presult@SCR": "POS"], keeps: ["PREG.presult@SCR": "NEG"]),
    .init(
      "EC-ELIG-05", "ELIG", .hard, common: ["I11": "Y"],
      breaks: ["PREF.would_decline@BL": "ECT"], keeps: ["PREF.would_decline@BL": "NONE"]),
    .init(
      "EC-ELIG-06", "ELIG", .hard, common: ["I11": "Y"],
      breaks: ["ICF.opt_recording@SCR": "false"], keeps: ["ICF.opt_recording@SCR": "true"]),
    .init(
      "EC-PREF-01", "PREF", .hard, breaks: ["would_decline": "NONE,KET"],
      keeps: ["would_decline": "NONE"]),
    .init(
      "EC-WDR-01", "WDR", .hard, common: ["FACT.consented_on": "2027-01-04"],
      breaks: ["date": "2027-01-03"], keeps: ["date": "2027-01-04"]),
    .init(
      "EC-PREG-01", "PREG", .hard, common: ["ptype": "NA"], breaks: ["presult": "NEG"],
      keeps: ["na_reason": "male"]),
    .init(
      "EC-VS-01", "VS", .hard, common: ["sbp": "80"], breaks: ["dbp": "80"], keeps: ["dbp": "79"]),
    .init("EC-VS-02", "VS", .query, breaks: ["sbp": "181"], keeps: ["sbp": "180"]),
    .init("EC-VS-02", "VS", .query, breaks: ["spo2": "91"], keeps: ["spo2": "92"]),
    .init(
      "EC-WT-01", "WT", .query, common: ["weight@previous": "70"], breaks: ["weight": "77.1"],
      keeps: ["weight": "77.0"]),
    .init(
      "EC-WT-01", "WT", .query, common: ["weight@previous": "70"], breaks: ["weight": "62.9"],
      keeps: ["weight": "63.0"]),
    .init(
      "EC-CM-01", "CM", .hard, common: ["end": "2026"], breaks: ["ongoing": "true"],
      keeps: ["ongoing": "false"]),
    .init(
      "EC-CM-01", "CM", .hard, common: ["start": "2026-05"], breaks: ["end": "2026-04-30"],
      keeps: ["end": "2026"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "N06AG02"], keeps: ["atc": "N06AB06"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "atc": "N03AX09"],
      breaks: ["start": "2027-01-02"], keeps: ["start": "2026-06"]),
    .init(
      "EC-CM-02", "CM", .query,
      common: ["FACT.day0": "2027-01-01", "atc": "N06DX01", "start": "2026-06"],
      breaks: ["end": "2027-01-01"], keeps: ["end": "2026-12-31"]),
    // Written by name, without a code.
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["drug": "Phénelzine 15 mg"], keeps: ["drug": "Phenelzin 15 mg"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["drug": "ESKETAMINE nasal"], keeps: ["drug": "norketamine assay"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["drug": "memantine"], keeps: ["drug": "lamotrigine"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2027-01-02"],
      breaks: ["drug": "Valproic acid"], keeps: ["drug": "Folic acid"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["drug": "naltrexone implant"], keeps: ["drug": "sertraline"]),
    // By codes: naltrexone and not disulfiram or acamprosate; MAO inhibitors of parkinsonism and no dopamine agonist.
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "N07BB04"], keeps: ["atc": "N07BB01"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "N07BB05"], keeps: ["atc": "N07BB03"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "N04BD02"], keeps: ["atc": "N04BC05"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "N05CD06"], keeps: ["atc": "N05CF02"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "N07BC51"], keeps: ["atc": "N07BC01"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "A06AH01"], keeps: ["atc": "A06AD11"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "start": "2026-12"],
      breaks: ["atc": "N03AE01"], keeps: ["atc": "N03AX14"]),
    .init(
      "EC-CM-02", "CM", .query, common: ["FACT.day0": "2027-01-01", "atc": "N02BF02"],
      breaks: ["start": "2027-01-02"], keeps: ["start": "2026-06"]),
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["drug": "Propofol"], keeps: ["drug": "Propranolol"]),
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["drug": "Suxamethonium chloride"],
      keeps: ["drug": "Paracetamol"]),
    // Ketamine by name is of the group of its code, N01AX03; esketamine for the nose is a prohibited antidepressant.
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["drug": "Ketamine 50 mg"],
      keeps: ["drug": "Esketamine nasal"]),
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["atc": "N01AX03"], keeps: ["atc": "N06AX27"]),
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["atc": "N01AX10"], keeps: ["atc": "N02BE01"]),
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["atc": "M03AB01"], keeps: ["atc": "M03BX01"]),
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["atc": "n01 ax10"], keeps: ["atc": "n02 be01"]),
    .init(
      "EC-CM-03", "CM", .hard, breaks: ["atc": "N05CD08"], keeps: ["atc": "N05CD07"]),
  ]

  private static let conduct: [EditCheckCase] = [
    .init("EC-RAND-01", "RANDREQ", .hard, breaks: ["confirm": "false"], keeps: ["confirm": "true"]),
    .init(
      "EC-DEV-01", "DEV", .hard, common: ["occurred": "2027-01-03"],
      breaks: ["detected": "2027-01-02"], keeps: ["detected": "2027-01-03"]),
    .init(
      "EC-DEV-01", "DEVT", .hard, common: ["occurred": "2027-01-03"],
      breaks: ["detected": "2027-01-02"], keeps: ["detected": "2027-01-03"]),
    .init(
      "EC-FUTX-01", "FUTX", .hard, common: ["start": "2027-01-03"],
      breaks: ["end": "2027-01-02"], keeps: ["end": "2027-01"]),
    .init(
      "EC-ACCT-01", "ACCT", .hard, common: ["received": "2027-01-03"],
      breaks: ["dispensed": "2027-01-02"], keeps: ["dispensed": "2027-01-03"]),
    .init(
      "EC-ACCT-02", "ACCT", .hard, common: ["FACT.writer": "one"], breaks: ["witness": "one"],
      keeps: ["witness": "another"]),
    .init(
      "EC-ACCT-03", "ACCT", .hard, breaks: ["FACT.therapist_certified": "false"],
      keeps: ["FACT.therapist_certified": "true"]),
  ]

  private static let ratings: [EditCheckCase] = [
    .init(
      "EC-MAD-01", "MADRS", .warning,
      common: Dictionary(
        uniqueKeysWithValues: (1...10).map { ($0 < 10 ? "m0\($0)" : "m10", "2") }),
      breaks: ["total@previous": "41"], keeps: ["total@previous": "40"]),
    .init(
      "EC-MAD-02", "MADRS", .warning, common: ["m01": "5"], breaks: ["m02": "1"],
      keeps: ["m02": "2"]),
    .init(
      "EC-MAD-03", "MADRS", .query, common: ["start": "2027-01-05T09:00:00Z"],
      breaks: ["end": "2027-01-05T09:09:59Z"], keeps: ["end": "2027-01-05T09:10:00Z"]),
    .init(
      "EC-MAD-03", "MADRS", .query, common: ["start": "2027-01-05T09:00:00Z"],
      breaks: ["end": "2027-01-05T10:31:00Z"], keeps: ["end": "2027-01-05T10:30:59Z"]),
    .init(
      "EC-MAD-04", "MADRS", .hard, common: ["start": "2027-01-05T09:00:00Z"],
      breaks: ["end": "2027-01-05T08:59:59Z"], keeps: ["end": "2027-01-05T09:30:00Z"]),
    .init("EC-YMR-01", "YMRS", .warning, breaks: ["y05": "3"], keeps: ["y05": "4"]),
    .init("EC-YMR-01", "YMRS", .warning, breaks: ["y09": "7"], keeps: ["y09": "8"]),
    .init(
      "EC-QID-01", "QIDSSR16", .warning, common: ["q06": "1"], breaks: ["q07": "1"],
      keeps: ["q07": "0"]),
    .init(
      "EC-QID-02", "QIDSSR16", .query, breaks: ["FACT.seconds_open": "39"],
      keeps: ["FACT.seconds_open": "40"]),
    .init(
      "EC-QID-01", "QIDSU", .warning, common: ["q06": "1"], breaks: ["q07": "1"],
      keeps: ["q07": "0"]),
    .init(
      "EC-QID-02", "QIDSU", .query, breaks: ["FACT.seconds_open": "39"],
      keeps: ["FACT.seconds_open": "40"]),
    .init(
      "EC-CSS-01", "CSSRSS", .hard, common: ["q3": "N"], breaks: ["q2": "N"], keeps: ["q2": "Y"]),
    .init(
      "EC-CSS-01", "CSSRSS", .hard, common: ["q6": "Y", "q6_3mo": "N"],
      breaks: ["version": "slc"], keeps: ["version": "screen"]),
    .init(
      "EC-CSS-02", "CSSRSS", .query, common: ["version": "slc"], breaks: ["q6": "Y"],
      keeps: ["q6": "N"]),
    .init(
      "EC-CSS-02", "CSSRSS", .query,
      common: ["version": "slc", "q6": "Y", "vdate@previous": "2027-01-10"],
      breaks: ["SAEIN.onset@all": "2027-01-09"], keeps: ["SAEIN.onset@all": "2027-01-10"]),
    .init(
      "EC-ET-02", "CSSRSS", .query,
      common: [
        "FACT.visit": "ET", "FACT.consented_on": "2027-01-04", "WDR.date@all": "2027-01-05",
      ],
      breaks: ["vdate": "2027-01-13"], keeps: ["vdate": "2027-01-12"]),
    .init(
      "EC-ET-02", "MADRS", .query,
      common: [
        "FACT.visit": "ET", "FACT.consented_on": "2027-01-04", "WDR.date@all": "2027-01-05",
      ],
      breaks: ["start": "2027-01-13T10:00:00Z"], keeps: ["start": "2027-01-12T10:00:00Z"]),
    .init(
      "EC-MOC-01", "MOCA", .hard, common: ["form_version@previous": "8.1"],
      breaks: ["form_version": "8.1"], keeps: ["form_version": "8.2"]),
    .init(
      "EC-MOC-01", "HVLTR", .hard, common: ["form_version@previous": "3"],
      breaks: ["form_version": "3"], keeps: ["form_version": "4"]),
  ]

  private static let prepared = [
    "FACT.arm": "KAP", "FACT.visit": "K1", "PREP.done@P1": "Y", "PREP.done@P2": "Y",
  ]

  private static let infusion: [EditCheckCase] = [
    .init(
      "EC-KD-01", "KDOSE", .hard, common: ["drawn_mg": "35.0"], breaks: ["given_mg": "35.1"],
      keeps: ["given_mg": "35.0"]),
    .init(
      "EC-KD-01", "KDOSE", .query, common: ["weight_today": "70.0", "dose_mgkg": "0.5"],
      breaks: ["drawn_mg": "36.8"], keeps: ["drawn_mg": "36.7"]),
    .init(
      "EC-KD-01", "KDOSE", .query, common: ["weight_today": "70.0", "dose_mgkg": "0.4"],
      breaks: ["drawn_mg": "26.5"], keeps: ["drawn_mg": "26.6"]),
    .init(
      "EC-KD-02", "KDOSE", .query, common: ["weight_today": "100.0"],
      breaks: ["given_mg": "37.9"], keeps: ["given_mg": "38.0"]),
    .init(
      "EC-KD-02", "KDOSE", .query, common: ["weight_today": "100.0"],
      breaks: ["given_mg": "55.1"], keeps: ["given_mg": "55.0"]),
    .init(
      "EC-KD-02", "KDOSE", .hard, common: ["weight_today": "100.0"],
      breaks: ["given_mg": "60.1"], keeps: ["given_mg": "60.0"]),
    .init(
      "EC-KD-03", "KDOSE", .query,
      common: ["start": "2027-01-05T09:00:00Z", "paused_min": "5", "stopped_early": "false"],
      breaks: ["end": "2027-01-05T09:42:00Z"], keeps: ["end": "2027-01-05T09:43:00Z"]),
    .init(
      "EC-KD-03", "KDOSE", .query,
      common: ["start": "2027-01-05T09:00:00Z", "end": "2027-01-05T09:20:00Z", "paused_min": "0"],
      breaks: ["stopped_early": "false"], keeps: ["stopped_early": "true"]),
    .init(
      "EC-KD-04", "KDOSE", .hard, common: ["go": "Y"], breaks: ["sbp_pre": "151"],
      keeps: ["sbp_pre": "150"]),
    .init(
      "EC-KD-04", "KDOSE", .hard, common: ["dbp_pre": "96"], breaks: ["go": "Y"],
      keeps: ["go": "DELAY"]),
    .init(
      "EC-KD-05", "KDOSE", .query, common: ["vdate": "2027-01-05", "go": "Y"],
      breaks: ["given_on@all": "2027-01-04"], keeps: ["given_on@all": "2027-01-03"]),
    .init(
      "EC-KD-05", "KDOSE", .query, common: ["vdate": "2027-01-05", "go": "Y"],
      breaks: ["given_on@all": "2026-12-28,2026-12-30"],
      keeps: ["given_on@all": "2026-12-28,2026-12-31"]),
    // Days on which nothing was given are no infusions, whichever of the two entries they stand on.
    .init(
      "EC-KD-05", "KDOSE", .query, common: ["vdate": "2027-01-05", "given_on@all": "2027-01-04"],
      breaks: ["go": "Y"], keeps: ["go": "DELAY", "vdate@previous": "2027-01-04"]),
    .init(
      "EC-KD-05", "KDOSE", .query, common: ["vdate": "2027-01-05", "go": "Y"],
      breaks: ["given_on@all": "2027-01-05"],
      keeps: ["given_on@all": "2027-01-02", "vdate@previous": "2027-01-04"]),
    .init(
      "EC-ET-01", "VS", .query,
      common: ["vdate": "2027-01-12", "FACT.visit": "ET", "FACT.consented_on": "2026-12-01"],
      breaks: ["WDR.date@all": "2027-01-04"], keeps: ["WDR.date@all": "2027-01-05"]),
    .init(
      "EC-KD-06", "KDOSE", .warning, common: ["WT.weight@SCR": "100"],
      breaks: ["weight_today": "94.9"], keeps: ["weight_today": "95.0"]),
    .init(
      "EC-KD-07", "KDOSE", .hard, common: ["vdate": "2027-01-05"],
      breaks: ["expiry": "2027-01-04"], keeps: ["expiry": "2027-01-05"]),
    .init(
      "EC-KD-07", "KDOSE", .hard, common: ["kit@all": "K-1,K-2"], breaks: ["kit": "K-2"],
      keeps: ["kit": "K-3"]),
    .init(
      "EC-KD-07", "KDOSE", .hard, common: ["kit": "K-1"], breaks: ["FACT.kit_in_stock": "false"],
      keeps: ["FACT.kit_in_stock": "true"]),
    .init(
      "EC-KD-07", "KDOSE", .hard, common: ["kit": "K-1"], breaks: ["FACT.kit_used": "true"],
      keeps: ["FACT.kit_used": "false"]),
    .init(
      "EC-KD-08", "KDOSE", .query, common: ["support_given": "DIRECTED"],
      breaks: ["FACT.arm": "KET"], keeps: ["FACT.arm": "KAP"]),
    .init(
      "EC-PRP-01", "KDOSE", .query,
      common: ["FACT.arm": "KAP", "FACT.visit": "K1", "PREP.done@P1": "Y"],
      breaks: ["PREP.done@P2": "N"], keeps: ["PREP.done@P2": "Y"]),
    .init(
      "EC-PRP-01", "KDOSE", .query, common: prepared.merging(["vdate": "2027-01-12"]) { $1 },
      breaks: ["PREP.vdate@P2": "2027-01-13"], keeps: ["PREP.vdate@P2": "2027-01-12"]),
    .init(
      "EC-PRP-01", "KDOSE", .query, common: prepared.merging(["vdate": "2027-01-12"]) { $1 },
      breaks: ["PREP.vdate@P1": "2027-01-14"], keeps: ["PREP.vdate@P1": "2027-01-11"]),
    .init(
      "EC-PRP-01", "KDOSE", .query,
      common: prepared.merging(["start": "2027-01-12T10:00:00Z"]) { $1 },
      breaks: ["PREP.end@P2": "2027-01-12T10:30:00Z"],
      keeps: ["PREP.end@P2": "2027-01-12T10:00:00Z"]),
    .init(
      "EC-CROSS-01", "KDOSE", .query, common: ["end": "2027-01-05T09:40:00Z"],
      breaks: ["MADRS.start@EOT": "2027-01-06T09:39:59Z"],
      keeps: ["MADRS.start@EOT": "2027-01-06T09:40:00Z"]),
    .init(
      "EC-KM-01", "KMON", .query, common: ["KDOSE.start": "2027-01-05T09:00:00Z", "t_min": "10"],
      breaks: ["at": "2027-01-05T09:16:00Z"], keeps: ["at": "2027-01-05T09:15:00Z"]),
    .init(
      "EC-KM-01", "KMON", .query, common: ["KDOSE.start": "2027-01-05T09:00:00Z", "t_min": "10"],
      breaks: ["at": "2027-01-05T09:04:00Z"], keeps: ["at": "2027-01-05T09:05:00Z"]),
    .init("EC-KM-02", "KMON", .query, breaks: ["sbp": "180"], keeps: ["sbp": "179"]),
    .init("EC-KM-02", "KMON", .query, breaks: ["moaas": "2"], keeps: ["moaas": "3"]),
    .init(
      "EC-KM-01", "KDISCH", .query, common: ["done": "Y"],
      breaks: ["KMON.t_min@here": "-10,10,20,30,40,60,80,100"],
      keeps: ["KMON.t_min@here": "-10,10,20,30,40,60,80,100,120"]),
    .init(
      "EC-KX-01", "KDISCH", .hard, common: ["KDOSE.start": "2027-01-05T09:00:00Z"],
      breaks: ["discharged_at": "2027-01-05T10:59:00Z"],
      keeps: ["discharged_at": "2027-01-05T11:00:00Z"]),
    .init(
      "EC-KX-01", "KDISCH", .hard, common: ["gait_ok": "false"], breaks: [:],
      keeps: ["override_reason": "uses a walker"]),
    // By the CADSS recorded: at most 4, or at most 4 above its total before the infusion.
    .init(
      "EC-KX-01", "KDISCH", .hard, common: ["cadss_ok": "true"],
      breaks: ["CADSS.after@here": "5"], keeps: ["CADSS.after@here": "4"]),
    .init(
      "EC-KX-01", "KDISCH", .hard, common: ["cadss_ok": "true", "CADSS.after@here": "10"],
      breaks: ["CADSS.before@here": "5"], keeps: ["CADSS.before@here": "6"]),
    .init(
      "EC-KX-01", "KDISCH", .query,
      common: ["cadss_ok": "true", "override_reason": "was so before"],
      breaks: ["CADSS.after@here": "12"], keeps: ["CADSS.after@here": "12,4"]),
    .init(
      "EC-KX-02", "KDISCH", .query, common: ["cadss_ok": "true"], breaks: [:],
      keeps: ["CADSS.after@here": "0"]),
    .init(
      "EC-MEQ-01", "MEQ30", .query, common: ["FACT.entered_at": "2027-02-03T09:00:00Z"],
      breaks: ["KDOSE.end": "2027-02-02T08:59:00Z"], keeps: ["KDOSE.end": "2027-02-02T09:00:00Z"]),
    .init(
      "EC-KX-01", "KDISCH", .query, common: ["override_reason": "uses a walker"],
      breaks: ["gait_ok": "false"], keeps: ["gait_ok": "true"]),
  ]

  // Charge: 2 × 60 × 4.0 × 0.5 × 800 / 1000 = 192 mC.
  private static let stimulus = [
    "freq_hz": "60", "train_s": "4.0", "pulse_ms": "0.50", "current_ma": "800",
  ]

  private static let ect: [EditCheckCase] = [
    .init(
      "EC-EC-01", "ECTTX", .query,
      common: ["freq_hz": "100", "train_s": "8.0", "current_ma": "900"],
      breaks: ["pulse_ms": "0.84"], keeps: ["pulse_ms": "0.83"]),
    .init(
      "EC-EC-01", "ECTTX", .query,
      common: ["freq_hz": "10", "train_s": "2.0", "current_ma": "500"],
      breaks: ["pulse_ms": "0.49"], keeps: ["pulse_ms": "0.50"]),
    .init(
      "EC-EC-02", "ECTTX", .query,
      common: stimulus.merging(["placement": "RUL", "FACT.visit": "E2"]) { $1 },
      breaks: ["threshold_mc@E1": "50"], keeps: ["threshold_mc@E1": "32"]),
    .init(
      "EC-EC-02", "ECTTX", .query,
      common: stimulus.merging(["FACT.visit": "E2", "threshold_mc@E1": "20"]) { $1 },
      breaks: ["placement": "RUL"], keeps: ["placement": "BT"]),
    .init(
      "EC-EC-07", "ECTTX", .query, common: ["FACT.visit": "E1"], breaks: ["titration": "false"],
      keeps: ["titration": "true"]),
    .init(
      "EC-EC-07", "ECTTX", .query, common: ["titration": "false"], breaks: ["FACT.visit": "E1"],
      keeps: ["FACT.visit": "E2"]),
    .init("EC-EC-03", "ECTTX", .query, breaks: ["anaes": "KETPROHIB"], keeps: ["anaes": "PROP"]),
    .init("EC-EC-04", "ECTTX", .query, breaks: ["eeg_s": "181"], keeps: ["eeg_s": "180"]),
    .init(
      "EC-EC-05", "ECTTX", .warning, common: ["eeg_s": "24", "motor_s": "19"],
      breaks: ["restim": "false"], keeps: ["restim": "true"]),
    .init(
      "EC-EC-05", "ECTTX", .warning, common: ["restim": "false", "eeg_s": "24"],
      breaks: ["motor_s": "19"], keeps: ["motor_s": "20"]),
    .init(
      "EC-EC-06", "ECTREC", .query, breaks: ["not_by_60": "true"], keeps: ["not_by_60": "false"]),
    .init(
      "EC-CROSS-01", "ECTREC", .query, common: ["discharged_at": "2027-01-05T09:40:00Z"],
      breaks: ["MADRS.start@EOT": "2027-01-06T09:39:59Z"],
      keeps: ["MADRS.start@EOT": "2027-01-06T09:40:00Z"]),
  ]

  private static let therapy: [EditCheckCase] =
    armForms.flatMap { form, own, other, kind, wrong -> [EditCheckCase] in
      [
        .init(
          "EC-ARM-01", form, .hard, breaks: ["FACT.arm": other], keeps: ["FACT.arm": own]),
        .init(
          "EC-ARM-01", form, .hard, common: ["FACT.arm": other], breaks: [:],
          keeps: ["TXDISC.reason@all": "LOE"]),
        // What was given later explains the forms of its own kind, and those of no other.
        .init(
          "EC-ARM-01", form, .hard, common: ["FACT.arm": other],
          breaks: ["FUTX.kind@all": "TMS,\(wrong)"],
          keeps: ["FUTX.kind@all": "TMS,\(kind)"]),
        .init(
          "EC-ARM-01", form, .query, common: ["FUTX.kind@all": kind],
          breaks: ["FACT.arm": other], keeps: ["FACT.arm": own]),
        .init(
          "EC-ARM-01", form, .query, common: ["FACT.arm": other],
          breaks: ["FUTX.kind@all": kind], keeps: ["FUTX.kind@all": wrong]),
      ]
    }
    + ["PREP", "INTEG"].flatMap { form -> [EditCheckCase] in
      [
        .init(
          "EC-PRP-02", form, .query, common: ["start": "2027-01-05T09:00:00Z"],
          breaks: ["end": "2027-01-05T09:44:00Z"], keeps: ["end": "2027-01-05T09:45:00Z"]),
        .init(
          "EC-PRP-02", form, .query, common: ["start": "2027-01-05T09:00:00Z"],
          breaks: ["end": "2027-01-05T11:01:00Z"], keeps: ["end": "2027-01-05T11:00:00Z"]),
      ]
    }
    + ["PREP", "SESS", "INTEG"].flatMap { form -> [EditCheckCase] in
      [
        .init(
          "EC-PRP-03", form, .hard, breaks: ["FACT.therapist_certified": "false"],
          keeps: ["FACT.therapist_certified": "true"]),
        .init(
          "EC-CROSS-01", form, .query, common: ["end": "2027-01-05T09:40:00Z"],
          breaks: ["MADRS.start@EOT": "2027-01-06T09:39:59Z"],
          keeps: ["MADRS.start@EOT": "2027-01-06T09:40:00Z"]),
      ]
    }
    + lastSessions

  /// A week between the last session and the rating: nothing later was given and nobody said when it ended.
  private static let lastSessions: [EditCheckCase] = [
    (form: "KDOSE", given: ["go": "Y"], other: "INTEG"),
    (form: "ECTREC", given: ["done": "Y"], other: "KDOSE"),
    (form: "INTEG", given: ["done": "Y"], other: "KDOSE"),
  ].flatMap { form, given, other -> [EditCheckCase] in
    let common = given.merging(["vdate": "2027-01-05"]) { $1 }
    let late = common.merging(["MADRS.start@EOT": "2027-01-13T08:00:00Z"]) { $1 }
    return [
      .init(
        "EC-CROSS-01", form, .query, common: common,
        breaks: ["MADRS.start@EOT": "2027-01-13T08:00:00Z"],
        keeps: ["MADRS.start@EOT": "2027-01-12T08:00:00Z"]),
      .init(
        "EC-CROSS-01", form, .query, common: late, breaks: ["vdate@all": "2027-01-04"],
        keeps: ["vdate@all": "2027-01-06"]),
      .init(
        "EC-CROSS-01", form, .query, common: late, breaks: ["\(other).vdate@all": "2027-01-05"],
        keeps: ["\(other).vdate@all": "2027-01-06"]),
      .init(
        "EC-CROSS-01", form, .query, common: late, breaks: [:],
        keeps: ["TXDISC.last_session@all": "2027-01-05"]),
    ]
  }

  private static let safety: [EditCheckCase] = [
    .init(
      "EC-AE-01", "AE", .hard, common: ["start": "2027-01-03"], breaks: ["end": "2027-01-02"],
      keeps: ["end": "2027-01-03"]),
    .init(
      "EC-AE-01", "AE", .query, common: ["outcome": "FATAL"], breaks: [:],
      keeps: ["DEATH.death_date@all": "2027-01-04"]),
    .init(
      "EC-AE-01", "AE", .query, common: ["serious": "Y", "start": "2027-01-04"], breaks: [:],
      keeps: ["SAE.onset@all": "2027-01-04"]),
    .init(
      "EC-AE-01", "AE", .query, common: ["serious": "Y", "start": "2027-01-04"],
      breaks: ["SAE.onset@all": "2026-12-24"], keeps: ["SAE.onset@all": "2027-01-04"]),
    .init(
      "EC-AE-02", "AE", .query, common: ["FACT.consented_on": "2027-01-04"],
      breaks: ["start": "2027-01-03"], keeps: ["start": "2027-01"]),
    // Collected until 30 days after the window of the end of treatment, its rating or a later session.
    .init(
      "EC-AE-05", "AE", .query, common: ["serious": "N", "FACT.day0": "2026-05-04"],
      breaks: ["start": "2026-07-08"], keeps: ["start": "2026-07"]),
    .init(
      "EC-AE-05", "AE", .query,
      common: [
        "serious": "N", "FACT.day0": "2026-05-04", "MADRS.start@EOT": "2026-06-02T10:00:00Z",
      ], breaks: ["start": "2026-07-03"], keeps: ["start": "2026-07-02"]),
    .init(
      "EC-AE-05", "AE", .query,
      common: ["serious": "N", "FACT.day0": "2026-05-04", "start": "2026-07-10"], breaks: [:],
      keeps: ["KDOSE.given_on@all": "2026-06-10"]),
    .init(
      "EC-AE-05", "AE", .query, common: ["serious": "Y", "FACT.day0": "2026-05-04"],
      breaks: ["start": "2026-12-14"], keeps: ["start": "2026-12-13"]),
    .init(
      "EC-AE-06", "AE", .hard, common: ["start_time": "09:30"], breaks: ["start": "2027-01"],
      keeps: ["start": "2027-01-03"]),
    .init(
      "EC-AE-03", "AE", .query, common: ["rel_ket": "NOT"], breaks: [:],
      keeps: ["KDOSE.given_mg@all": "35"]),
    .init(
      "EC-AE-03", "AE", .query, common: ["rel_ther": "NOT"], breaks: [:],
      keeps: ["SESS.start@all": "2027-01-04T10:00:00Z"]),
    .init("EC-AE-03", "AE", .query, breaks: ["rel_ect": "POS"], keeps: ["rel_ect": "NA"]),
    .init(
      "EC-AE-04", "AE", .hard, common: ["end": "2027-01-03"], breaks: ["ongoing": "true"],
      keeps: ["ongoing": "false"]),
    .init(
      "EC-SAE-01", "SAE", .query, common: ["aware_at": "2027-01-03T10:00:00Z"],
      breaks: ["onset": "2027-01-04"], keeps: ["onset": "2027-01"]),
    .init(
      "EC-SAE-02", "SAE", .query, common: ["depression": "HOSP"], breaks: ["criteria": "IME"],
      keeps: ["criteria": "HOSP,IME"]),
    .init(
      "EC-SAE-04", "SAE", .query, common: ["FACT.consented_on": "2027-01-04"],
      breaks: ["onset": "2027-01-03"], keeps: ["onset": "2027-01"]),
    .init(
      "EC-SAE-04", "SAE", .query,
      common: ["FACT.consented_on": "2026-05-01", "FACT.day0": "2026-05-04"],
      breaks: ["onset": "2026-12-14"], keeps: ["onset": "2026-12-13"]),
    .init(
      "EC-SAE-03", "SAE", .hard, common: ["aware_at": "2027-01-05T10:00:00Z"],
      breaks: ["further_at": "2027-01-05T09:59:59Z"], keeps: ["further_at": "2027-01-05T10:00:00Z"]),
    .init(
      "EC-SAEIN-01", "SAEIN", .query, common: ["aware_at": "2027-01-03T10:00:00Z"],
      breaks: ["onset": "2027-01-04"], keeps: ["onset": "2027-01"]),
    .init(
      "EC-CROSS-01", "TXDISC", .query, common: ["last_session": "2027-01-13"],
      breaks: ["MADRS.start@EOT": "2027-01-21T08:00:00Z"],
      keeps: ["MADRS.start@EOT": "2027-01-20T08:00:00Z"]),
  ]
}
