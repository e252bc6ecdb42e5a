import Markup
import Pictures
import Testing

struct PictureTests {
  private let intervals = IntervalPicture(
    finding: "KAP was noninferior to ECT.", numbers: "15.3 (7.4 to 23.1), margin −10", margin: -10,
    rows: [
      IntervalPicture.Row(
        code: "H1", comparison: "KAP − ECT",
        intervals: [
          IntervalPicture.Interval(
            set: .full, label: "full set", estimate: 15.3, lower: 7.4, upper: 23.1),
          IntervalPicture.Interval(
            set: .perProtocol, label: "per protocol", estimate: 14.7, lower: 6.1, upper: 23.0),
        ], hasMargin: true, isTested: true),
      IntervalPicture.Row(
        code: "H3", comparison: "KAP − ketamine",
        intervals: [
          IntervalPicture.Interval(
            set: .full, label: "full set", estimate: 11.2, lower: 3.2, upper: 19.0)
        ], hasMargin: false, isTested: false),
    ], intervalTitle: "95 % interval")

  private let timeline = TimelinePicture(
    finding: "A2 is booked.", numbers: "A1 done, A2 13 to 17.",
    rows: [
      TimelinePicture.Row(code: "A1", firstDay: 6, lastDay: 10, target: 8, state: .done(on: 7)),
      TimelinePicture.Row(
        code: "A2", firstDay: 13, lastDay: 17, target: 15, state: .booked(on: 15)),
      TimelinePicture.Row(code: "A3", firstDay: 20, lastDay: 24, target: 22, state: .toCome),
      TimelinePicture.Row(code: "EOT", firstDay: 27, lastDay: 34, target: 29, state: .missed),
    ], marks: [TimelinePicture.Mark(day: 0, label: "day 0", shortLabel: "0")], today: 15,
    todayLabel: "today")

  private let boundary = BoundaryPicture(
    finding: "Not crossed.", numbers: "z 2.41, bound 2.96",
    looks: [
      BoundaryPicture.Look(information: 0.5, bound: 2.963, statistic: 2.41),
      BoundaryPicture.Look(information: 1, bound: 1.969, statistic: nil),
    ])

  private let stock = StockPicture(
    finding: "7 kits can be used.", numbers: "12 received; there 8, of them 1 expired",
    rows: [
      StockPicture.Row(label: "To be used", count: 7, kind: .usable),
      StockPicture.Row(label: "Expired", count: 1, kind: .pressing),
      StockPicture.Row(label: "Dispensed", count: 4, kind: .gone),
      StockPicture.Row(label: "Returned", count: 0, kind: .gone),
    ])

  private let enrolment = EnrolmentPicture(
    finding: "412 were randomized.", numbers: "412 of 900", target: 900, plannedEnd: 1_000,
    actual: [.init(day: 100, count: 90), .init(day: 480, count: 412)], actualLabel: "412 on 14 Sep",
    months: [.init(day: 0, label: "May 2026")])

  private let imbalance = ImbalancePicture(
    finding: "Blocks end nearest.", numbers: "1: 0.4; 2: 6.1", width: 1,
    rows: [
      ImbalancePicture.Row(label: "1: blocks", shares: [0.7, 0.2, 0.1], mean: "mean 0.40"),
      ImbalancePicture.Row(
        label: "2: complete", shares: Array(repeating: 1.0 / 24, count: 24), mean: "mean 12"),
    ])

  private let predictability = PredictabilityPicture(
    finding: "Complete randomization is guessed least.", numbers: "1: 52 %; 2: 34 %", chance: 33.3,
    points: [
      PredictabilityPicture.Point(sign: "1", label: "blocks", certain: 21, guessed: 52),
      PredictabilityPicture.Point(sign: "2", label: "complete", certain: 0, guessed: 34),
    ])

  private let balance = ArmBalancePicture(
    finding: "Every arm ends within 4.", numbers: "1: A −1 to 1",
    rows: [
      ArmBalancePicture.Row(
        label: "1: blocks",
        arms: [
          ArmBalancePicture.Arm(label: "A, ratio 1", mean: 0.1, low: -1, high: 1),
          ArmBalancePicture.Arm(label: "B, ratio 2", mean: -0.1, low: -4, high: 4),
        ])
    ])

  private let power = PowerPicture(
    finding: "H1 is shown in 99 % of the trials.", numbers: "H1 99 %; H2 0 %",
    rows: [
      PowerPicture.Row(label: "H1: KAP − ECT", byLook: [0.7, 0.29], share: "99.0 % ± 0.1"),
      PowerPicture.Row(label: "H2: KET − ECT", byLook: [0, 0], share: "0.0 % ± 0.0"),
    ])

  private let forest = ForestPicture(
    finding: "KAP − ECT by stratum.", margin: -10,
    rows: [
      ForestPicture.Row(
        label: "MOD.IN", counts: "2/4, 1/3", estimate: 16.7, lower: -50, upper: 70,
        isOverall: false),
      ForestPicture.Row(
        label: "All", counts: "184/300, 138/300", estimate: 15.3, lower: 7.4, upper: 23.1,
        isOverall: true),
    ])

  private let profile = ProfilePicture(
    finding: "Mean by visit.", unit: "QIDS-SR16", visits: ["A1", "EOT"],
    lines: ["KET", "KAP", "ECT"].map { arm in
      ProfilePicture.Line(
        label: arm,
        points: [
          ProfilePicture.Point(visit: 0, mean: 14, lower: 12.5, upper: 15.5),
          ProfilePicture.Point(visit: 1, mean: 9, lower: 7.5, upper: 10.5),
        ])
    })

  private let survival = SurvivalPicture(
    finding: "Share without relapse.", days: [0, 60, 120],
    lines: ["KET", "KAP", "ECT"].map { arm in
      SurvivalPicture.Line(
        label: arm,
        steps: [
          SurvivalPicture.Step(day: 30, share: 0.8), SurvivalPicture.Step(day: 200, share: 0),
        ], atRisk: [40, 30, 12])
    })

  private let tipping = TippingPicture(
    finding: "H1 is lost at 8 points.", first: "KAP", second: "ECT", firstShifts: [0, 8],
    secondShifts: [0, 8], limits: [[-4, -9], [-8, -13]], edge: -10)

  private let clocks = ClockPicture(
    finding: "No reporting time has passed.", numbers: "Triage: 4 hours left",
    rows: [
      ClockPicture.Row(label: "Triage", left: "4 hours left", share: 0.8, state: .running),
      ClockPicture.Row(
        label: "Suspected, unexpected, fatal or life-threatening, follow-up", left: "8 days left",
        share: 1.4, state: .late),
    ])

  private var all: [any Picture] {
    [
      clocks, stock,
      intervals, timeline, boundary, enrolment, imbalance, predictability, balance, forest, profile,
      survival, tipping, power,
    ]
  }

  private func text(_ picture: some Picture) -> String {
    var page = Markup()
    page.picture(picture, id: "p")
    return String(decoding: page.bytes, as: UTF8.self)
  }

  @Test func `a picture has a role, its finding as title and its numbers as description, twice`() {
    for picture in all {
      let text = text(picture)
      for width in ["wide", "narrow"] {
        #expect(text.contains("role=\"img\" aria-labelledby=\"p-\(width)-title\""))
        #expect(text.contains("<title id=\"p-\(width)-title\">\(picture.finding)</title>"))
        #expect(text.contains("<desc id=\"p-\(width)-desc\">\(picture.numbers)</desc>"))
      }
      #expect(text.contains("viewBox=\"0 0 760 "))
      #expect(text.contains("viewBox=\"0 0 340 "))
    }
  }

  @Test func `a picture in a page has classes and no colour, as a file colours and no class`() {
    for picture in all {
      let page = text(picture)
      #expect(page.contains("class=\"f-") || page.contains("class=\"s-"))
      #expect(!page.contains("fill=\"#") && !page.contains("stroke=\"#"))
      let file = String(decoding: picture.file(), as: UTF8.self)
      #expect(file.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
      #expect(!file.contains("class="))
      #expect(!file.contains("style"))
    }
  }

  @Test func `arms are told apart without colour, and lost fields are crossed`() {
    for picture in [profile, survival] as [any Picture] {
      let file = String(decoding: picture.file(), as: UTF8.self)
      let dashes = Set(file.matches(of: /stroke-dasharray="([^"]+)"/).map(\.output.1))
      #expect(dashes.count >= 2)
    }
    let file = String(decoding: tipping.file(), as: UTF8.self)
    // One field is below the edge; the key shows the cross once more.
    #expect(file.matches(of: #/<line /#).count == 2)
    #expect(tipping.numbers.contains("the claim holds in 3 of 4 pairs of shifts"))
  }

  @Test func `numbers at risk stand below the curves and in the words`() {
    let file = String(decoding: survival.file(), as: UTF8.self)
    #expect(file.matches(of: #/>30</#).count == 3)
    #expect(survival.numbers.contains("at risk 40, 30, 12"))
  }

  @Test func `the same numbers give the same bytes`() {
    for picture in all { #expect(picture.file() == picture.file()) }
  }

  @Test func `every mark lies inside the drawing`() throws {
    for picture in all {
      for (index, part) in text(picture).split(separator: "<svg ").enumerated() {
        let width = index == 0 ? 760.0 : 340.0
        let box = try #require(part.firstMatch(of: /viewBox="0 0 \d+ ([\d.]+)"/))
        let height = try #require(Double(box.output.1))
        for match in part.matches(of: /\b(?:x|x1|x2|cx)="(-?[\d.]+)"/) {
          let x = try #require(Double(match.output.1))
          #expect((0...width).contains(x))
        }
        for match in part.matches(of: /\b(?:y|y1|y2|cy)="(-?[\d.]+)"/) {
          let y = try #require(Double(match.output.1))
          #expect((0...height).contains(y))
        }
      }
    }
  }

  @Test func `a title too long for the narrow drawing is broken into lines there only`() throws {
    let parts = text(clocks).split(separator: "<svg ")
    try #require(parts.count == 2)
    let title = "Suspected, unexpected, fatal or life-threatening, follow-up<"
    #expect(parts[0].contains(title) && !parts[1].contains(title))
    #expect(parts[1].contains("Suspected, unexpected, fatal or") && parts[1].contains("follow-up<"))
  }

  @Test func `the noninferiority picture names margin, estimate and interval`() {
    let file = String(decoding: intervals.file(), as: UTF8.self)
    for words in [
      "margin −10", "no difference", "+15.3", "7.4 to 23.1", "worse", "than the", "margin",
    ] {
      #expect(file.contains(">\(words)<"), "\(words)")
    }
  }

  @Test func `a hypothesis after the first not shown is grey and labelled not tested`() {
    let file = String(decoding: intervals.file(), as: UTF8.self)
    #expect(file.contains(">KAP − ketamine, not tested<"))
    #expect(file.contains("stroke=\"\(Ink.edge.lightValue)\" stroke-width=\"2.5\""))
  }

  @Test func `the axis holds margin, zero and every limit, with at most seven ticks`() throws {
    var wide = intervals
    wide.rows[0].intervals[0].lower = -61
    wide.rows[0].intervals[0].upper = 88
    for picture in [intervals, wide] {
      let file = String(decoding: picture.file(), as: UTF8.self)
      let ticks = file.matches(of: />([+−]?\d+)<\/text>/).compactMap { match in
        Int(match.output.1.replacing("−", with: "-"))
      }
      #expect(ticks.count <= 7)
      #expect(ticks.contains(0))
      let limits =
        picture.rows.flatMap(\.intervals).flatMap { [$0.lower, $0.upper] } + [picture.margin]
      let least = try #require(ticks.min())
      let most = try #require(ticks.max())
      #expect(Double(least) <= limits.min() ?? 0 && Double(most) >= limits.max() ?? 0)
    }
  }

  @Test func `a timeline tells done, booked, missed and to come by shape and not by colour only`() {
    func marks(_ state: TimelinePicture.State) -> String {
      var one = timeline
      one.rows = [
        TimelinePicture.Row(code: "A2", firstDay: 13, lastDay: 17, state: state)
      ]
      return String(decoding: one.file(), as: UTF8.self)
        .replacing(/(fill|stroke)="#[0-9a-f]{6}"/, with: "")
    }
    let shapes = [marks(.done(on: 15)), marks(.booked(on: 15)), marks(.missed), marks(.toCome)]
    #expect(Set(shapes).count == 4)
  }

  @Test func `a look that was not taken is drawn hollow and says that it is to come`() {
    let file = String(decoding: boundary.file(), as: UTF8.self)
    #expect(file.contains(">to come<"))
    #expect(file.contains(">z 2.41<"))
    #expect(file.contains(">2.96<"))
  }

  @Test func `hostile text in a picture stays text`() {
    var hostile = timeline
    hostile.rows[2].label = "</svg><script>alert(1)</script>"
    #expect(!String(decoding: hostile.file(), as: UTF8.self).contains("<script"))
  }
}
