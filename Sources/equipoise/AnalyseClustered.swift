import ArgumentParser
import Statistics

/// Compares two proportions when providers treat one arm.
struct AnalyseClustered: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clustered",
    abstract: "Compares two proportions when participants of one provider are alike in one arm.",
    discussion: """
      Example: equipoise analyse clustered --provider 5/9 --provider 8/11 --provider 4/10 \
      --comparator 12/30 --margin -0.10

      Each --provider is one therapist's participants in the experimental arm: responders/analysed; \
      whoever had none is a provider of one, 1/1 or 0/1. In the comparator everybody stands alone. \
      The fewer the providers, the wider the interval: its degrees of freedom are theirs.

      A difference is experimental arm − comparator; the margin is negative where responding is good \
      and positive where it is bad (--lower-is-better). From a file: “equipoise analyse csv” with \
      --provider.
      """)

  @Option(
    help: ArgumentHelp(
      "One provider's participants in the experimental arm. Once a provider.",
      valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var provider: [BinomialSample]
  @Option(
    help: ArgumentHelp(
      "Responders of the comparator of those analysed.", valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var comparator: BinomialSample
  @OptionGroup var comparison: ComparisonArguments

  func run() throws {
    try ModelRefusal.told {
      print(
        try ClusteredText(provider, comparator, comparison).text, terminator: "")
    }
  }
}

/// The comparison of an arm of providers in words.
struct ClusteredText {
  let text: String

  init(
    _ providers: [BinomialSample], _ comparator: BinomialSample, _ comparison: ComparisonArguments
  ) throws {
    let found = try ClusteredDifference(clusters: providers, other: comparator)
    func optional(_ value: Double?) -> String {
      value.map { Wording.decimal($0, places: 4) } ?? "not defined"
    }
    text = try EstimateText(
      found.estimate, comparison.hypothesis(), level: comparison.level,
      method: "\(TerminalText.count(found.clusters, "provider")), intraclass correlation "
        + "\(optional(found.intraclassCorrelation)), design effect \(optional(found.designEffect)); "
        + "not stratified; Roberts and Roberts (2005)"
    ).text
  }
}
