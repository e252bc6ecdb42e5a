import Conduct
import Pages
import Reports
import Simulation
import Statistics
import Store
import StudyModel
import Web

/// The pages a demonstration leaves behind, each one file that requests nothing.
struct DemoPages {
  private let result: DemoResult

  init(_ result: DemoResult) { self.result = result }

  private static func frame(_ study: String) -> PageFrame {
    PageFrame(study: study, place: "simulated data", isTraining: true)
  }

  /// Every page with its name.
  var files: [(name: String, bytes: [UInt8])] {
    get throws {
      [
        ("result.html", Self.file(primary)),
        ("elektd.html", Self.file(try PublishedTrials.elektD)),
        ("trial-a.html", Self.file(try PublishedTrials.trialA)),
      ] + interim
    }
  }

  private static func file(_ page: any StandalonePage) -> [UInt8] {
    let style = EmbeddedAssets.all.first { $0.name == "style.css" }?.bytes ?? []
    return StandaloneReport(page, styleSheet: String(decoding: style, as: UTF8.self)).file()
  }

  private var primary: ResultModel {
    TrialResultPages.model(
      result.result, frame: Self.frame(result.title),
      lead: [
        "lock \(result.snapshot) of \(result.lockedAt.description.prefix(10))",
        "definition \(result.definitionVersion)", "simulated data",
      ],
      computed: [
        "Response is a fall of the MADRS by half or more at the end of treatment. Participants, sites and scores are invented; allocation, ledger, lock and numbers are the product's own."
      ])
  }

  private var interim: [(name: String, bytes: [UInt8])] {
    guard case .held(let closed, let open) = result.look else { return [] }
    let frame = Self.frame(result.title)
    return [
      (
        "interim-closed.html",
        Self.file(
          InterimPages.closed(
            closed, frame: frame,
            watermark: "Confidential, for the monitoring committee only. Simulated data."))
      ),
      ("interim-open.html", Self.file(InterimPages.open(open, frame: frame))),
    ]
  }
}
