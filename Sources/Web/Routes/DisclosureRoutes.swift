import Conduct
import Datasets
import Pages
import StudyModel

/// One participant's arm before the end, envelopes for the hours without a server, and errors.
enum DisclosureRoutes {
  /// Who reads the report of all disclosures, each as far as the classes of the role go.
  static let reports = Access.anyOf([
    .correctRandomization, .checkInterimReport, .buildInterimReport,
  ])
  /// Who says what a reported accident means.
  static let checks = Access.anyOf([.checkInterimReport])
  private static let opens = Access.anyOf([.emergencyUnblinding, .discloseCase])
  private static let told = Access.anyOf([.readUnblindingNotices])
  private static let holds = Access.anyOf([.holdEnvelopes])
  private static let issues = Access.anyOf([.issueEnvelopeCodes])
  private static let corrects = Access.anyOf([.correctRandomization])

  static let all: [Route] = [
    .page("/emergency", opens, "The page to open one participant's allocation.") { call in
      .page(try await EmergencyPage.show(call).page())
    },
    .act(
      "/emergency", opens, "Opens one participant's allocation and shows it once.",
      EmergencyPage.open
    ).urgent.once(.keyedShownOnce),
    .page("/disclosures", reports, "Every disclosure on record, planned or not, without arms.") {
      call in
      .page(try await DisclosureReportPage.model(call).page())
    },
    .page("/disclosures/report.csv", reports, "The same as a file.") { call in
      let variant = try SpreadsheetQuery.variant(of: call)
      return try await call.file(offeredAt: "/disclosures") {
        .file(
          try await call.installation.disclosureFile(for: variant, as: try call.actor),
          name: "disclosures" + variant.suffix, type: "text/csv; charset=utf-8")
      }
    }.paced(.export),
    .page(
      UnblindingReportPage.place, .blinded, "The page to report an arm learnt by accident."
    ) { call in
      .page(try UnblindingReportPage.show(call).page())
    },
    .act(
      UnblindingReportPage.place, .blinded,
      "Reports an arm learnt by accident; who reports does not see the report again.",
      UnblindingReportPage.report),
    .page("/disclosures/reports/{report}", reports, "A report of an accidental unblinding.") {
      call in
      .page(try await UnblindingReportPage.assessment(call).page())
    },
    .act(
      "/disclosures/reports/{report}", checks, "Says what a reported accident means, once.",
      UnblindingReportPage.assess),
    .page("/notices", told, "That emergency unblindings happened.") { call in
      .page(try await NoticePages.list(call).page())
    },
    .page("/notices/{notice}", told, "One notice of an emergency unblinding.") { call in
      .page(try await NoticePages.one(call).page())
    },
    .act(
      "/notices/{notice}/read", told, "Records that a notice was read.", NoticePages.read),
    .page("/envelopes", holds, "The envelope files of the sites.") { call in
      .page(try EnvelopePages.list(call).page())
    },
    .page(
      "/envelopes/{site}", holds, "The envelope file of a site.", EnvelopePages.download),
    .page("/envelopes/opened", holds, "The page to enter an opened envelope.") { call in
      .page(try EnvelopePages.opening(call).page())
    },
    .act("/envelopes/opened", holds, "Records that an envelope was opened.") { call in
      try await call.act {
        try await EnvelopePages.enter(call)
      } orShow: { faults in
        try EnvelopePages.opening(call, faults: faults).page()
      }
    },
    .page("/envelope-codes", issues, "The sheets of envelope codes handed out.") { call in
      .page(try await EnvelopePages.codes(call).page())
    },
    .act(
      "/envelope-codes", issues, "Shows a sheet of envelope codes for printing, once.",
      EnvelopePages.issue
    ).once(.keyedShownOnce),
    .page("/corrections", corrects, "Errors in the randomization, and disclosures.") { call in
      .page(try await CorrectionPages.list(call).page())
    },
    .page("/corrections/void", corrects, "The page to record a randomization in error.") { call in
      .page(try CorrectionPages.void(call).page())
    },
    .act("/corrections/void", corrects, "Records a randomization in error.") { call in
      try await call.act {
        try await CorrectionPages.recordVoid(call)
      } orShow: { faults in
        try CorrectionPages.void(call, faults: faults).page()
      }
    },
    .page("/corrections/stratum", corrects, "The page to correct a stratum.") { call in
      .page(try CorrectionPages.stratum(call).page())
    },
    .act("/corrections/stratum", corrects, "Records the true stratum of a participant.") { call in
      try await call.act {
        try await CorrectionPages.recordStratum(call)
      } orShow: { faults in
        try CorrectionPages.stratum(call, faults: faults).page()
      }
    },
  ]
}
