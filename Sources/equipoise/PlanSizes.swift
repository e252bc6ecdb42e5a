import ArgumentParser
import Statistics

/// The size of two arms for a difference of means.
struct PlanMeans: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "means",
    abstract: "Participants for a comparison of two means at a margin.",
    discussion: """
      Example: equipoise plan means --difference 0 --deviation 10 --lower-is-better --margin 3

      The difference assumed is experimental arm − comparator. Where lower is better the margin is \
      positive, where higher is better negative; the other sign is refused.
      """)

  @Option(
    parsing: .unconditional, help: "The difference assumed.", transform: PlainNumber.read)
  var difference: Double
  @Option(help: "The standard deviation in both arms.", transform: PlainNumber.read)
  var deviation: Double
  @Option(help: "The power wanted.", transform: PlainNumber.read) var power = 0.9
  @Option(help: "Comparator over experimental.", transform: PlainNumber.read) var ratio = 1.0
  @OptionGroup var comparison: ScoreArguments
  @OptionGroup var looks: LookArguments

  func validate() throws {
    guard deviation > 0 else { throw ValidationError("--deviation lies above 0.") }
    try PlanText.check(power: power, ratio: ratio)
  }

  func run() throws {
    try ModelRefusal.told {
      let claim = try comparison.claim(isProportion: false)
      guard claim.holds(at: difference) else { throw ValidationError(PlanText.noSize) }
      let alpha = (1 - comparison.level) / 2
      let normal = try SampleSize.meansNormal(
        difference: difference, margin: claim.nullDifference, standardDeviation: deviation,
        ratio: ratio, alphaOneSided: alpha, beta: 1 - power)
      let student = try SampleSize.meansStudent(
        difference: difference, margin: claim.nullDifference, standardDeviation: deviation,
        ratio: ratio, alphaOneSided: alpha, beta: 1 - power)
      let planned = try looks.text(
        without: student.total, of: "participants", alpha: alpha, power: power)
      print(
        PlanText.arms(student)
          + """
          Null difference \(Wording.number(claim.nullDifference)), one-sided error \
          \(Wording.number(alpha)), power \(Wording.number(power)), by Student's t. Before rounding \
          \(PlanText.unrounded(student)); with a known deviation \(PlanText.unrounded(normal)).
          Add those who will have no outcome.

          """
          + planned, terminator: "")
    }
  }
}

/// The events of a log-rank test.
struct PlanEvents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Events for a log-rank test of two arms.",
    discussion: """
      Example: equipoise plan events --hazard-ratio 0.6 --power 0.9

      The hazard ratio assumed is experimental arm over comparator. With a noninferiority margin, \
      which is a hazard ratio too, give what is assumed divided by the margin.
      """)

  @Option(
    parsing: .unconditional, help: "The hazard ratio assumed, not 1.", transform: PlainNumber.read)
  var hazardRatio: Double
  @Option(help: "The power wanted.", transform: PlainNumber.read) var power = 0.9
  @Option(help: "Comparator over experimental.", transform: PlainNumber.read) var ratio = 1.0
  @Option(help: "The one-sided error rate.", transform: PlainNumber.read) var alpha = 0.025
  @OptionGroup var looks: LookArguments

  func validate() throws {
    guard hazardRatio > 0, hazardRatio != 1 else {
      throw ValidationError(
        "--hazard-ratio lies above 0 and is not 1: no number of events shows a difference that is none."
      )
    }
    try PlanText.check(power: power, ratio: ratio)
  }

  func run() throws {
    try ModelRefusal.told {
      let events = try SampleSize.events(
        hazardRatio: hazardRatio, ratio: ratio, alphaOneSided: alpha, beta: 1 - power)
      let planned = try looks.text(without: events, of: "events", alpha: alpha, power: power)
      print(
        """
        \(Wording.decimal(events.rounded(.up), places: 0)) events. Before rounding \
        \(Wording.decimal(events, places: 4)); one-sided error \(Wording.number(alpha)), power \
        \(Wording.number(power)).
        Schoenfeld (1981), Biometrika 68, 316-319.

        """ + planned, terminator: "")
    }
  }
}

/// A size estimated again while the trial goes on.
struct PlanAgain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "again",
    abstract: "Estimates a size again: blind from the pooled share, or from an interim statistic.",
    discussion: """
      Blind: equipoise plan again --pooled 61/120 --difference 0 --margin -0.10

      The planned difference is laid around the pooled share of responders; nobody needs to know an \
      arm. Direction and margin are as in “equipoise help plan size”.

      Unblinded: equipoise plan again --statistic 1.5 --interim 104 --planned 208 --bound 1.9686

      From the statistic of a look, larger in favour of the claim, whatever its margin. When \
      conditional power lies in the promising zone the total grows, at most to --most times the plan, \
      and the final test is the combination with the planned weights, which keeps the error rate.
      """)

  @Option(
    help: ArgumentHelp("Responders of all arms together, as x/n.", valueName: "x/n"),
    transform: ArmCounts.read)
  var pooled: BinomialSample?
  @Option(
    parsing: .unconditional, help: "The difference planned.", transform: PlainNumber.read)
  var difference: Double?
  @Option(
    parsing: .unconditional, help: "The noninferiority margin with its sign.",
    transform: PlainNumber.read)
  var margin: Double?
  @Flag var direction = DirectionFlag.higherIsBetter
  @Option(
    parsing: .unconditional, help: "The statistic seen at the look.", transform: PlainNumber.read)
  var statistic: Double?
  @Option(help: "Participants at the look.", transform: PlainNumber.read) var interim: Double?
  @Option(help: "Participants planned.", transform: PlainNumber.read) var planned: Double?
  @Option(help: "The bound of the last look.", transform: PlainNumber.read) var bound: Double?
  @Option(help: "How many times the plan at most.", transform: PlainNumber.read) var most = 2.0
  @Option(
    help: ArgumentHelp("The promising zone of conditional power.", valueName: "low,high"),
    transform: NumberList.read)
  var zone: [Double] = [0.3, 0.9]
  @Option(help: "The power wanted.", transform: PlainNumber.read) var power = 0.9
  @Option(help: "The one-sided error rate.", transform: PlainNumber.read) var alpha = 0.025

  func validate() throws {
    let blind = pooled != nil && difference != nil
    let open = statistic != nil && interim != nil && planned != nil && bound != nil
    guard blind != open, blind ? statistic == nil : pooled == nil else {
      throw ValidationError(
        "Give --pooled with --difference and --margin, or --statistic with --interim, --planned and --bound."
      )
    }
    guard zone.count == 2, zone[0] > 0, zone[0] <= zone[1], zone[1] < 1 else {
      throw ValidationError("Write --zone as two conditional powers, for example 0.3,0.9.")
    }
    if blind { _ = try claim() }
  }

  private func claim() throws -> Claim {
    try ComparisonArguments.claim(
      margin: margin, superiority: false, direction.direction, isProportion: true)
  }

  func run() throws {
    try ModelRefusal.told {
      if let pooled, let difference {
        let claim = try claim()
        guard claim.holds(at: difference) else { throw ValidationError(PlanText.noSize) }
        let arms = try SampleSize.blindedRiskDifference(
          pooled: pooled, plannedDifference: difference, margin: claim.nullDifference,
          alphaOneSided: alpha, beta: 1 - power)
        print(
          PlanText.arms(arms)
            + "Before rounding \(PlanText.unrounded(arms)); arms of one size, blind to them. "
            + "Gould (1992), Stat. Med. 11, 55-66.")
      }
      if let statistic, let interim, let planned, let bound {
        let found = try SampleSizeReestimation(
          z: statistic, interimTotal: interim, plannedTotal: planned, finalBound: bound,
          beta: 1 - power, maximalIncrease: most, promisingZone: zone[0]...zone[1])
        print(
          """
          \(Wording.decimal(found.total.rounded(.up), places: 0)) participants together, before \
          rounding \(Wording.decimal(found.total, places: 4)); conditional power as planned \
          \(Wording.decimal(found.conditionalPower, places: 4)).
          The statistic of those to come must exceed \(Wording.decimal(found.secondStageBound, places: 4)).
          Mehta and Pocock (2011), Cui, Hung and Wang (1999).
          """)
      }
    }
  }
}

extension PlanText {
  /// Whole participants of two arms.
  static func arms(_ size: SampleSize.Arms) -> String {
    let (one, two) = (size.experimental.rounded(.up), size.comparator.rounded(.up))
    return "\(Wording.decimal(one, places: 0)) in the experimental arm and "
      + "\(Wording.decimal(two, places: 0)) in the comparator, "
      + "\(Wording.decimal(one + two, places: 0)) together.\n"
  }

  /// The sizes as computed.
  static func unrounded(_ size: SampleSize.Arms) -> String {
    "\(Wording.decimal(size.experimental, places: 2)) and "
      + Wording.decimal(size.comparator, places: 2)
  }
}
