import Foundation
import Testing

@Suite struct PlanCommandTests {
  @Test func `the same key gives the same table with any number of threads, and files of it`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (csv, picture) = (try scratch.file("design.csv", ""), try scratch.file("power.svg", ""))
    let common = [
      "plan", "design", "--runs", "300", "--key", "5", "--per-arm", "60", "--dropout", "0.1",
      "--cluster", "KAP:6:0.05",
    ]
    let one = try await Program.run(
      common + ["--threads", "1", "--csv", csv, "--picture", picture])
    let two = try await Program.run(common + ["--threads", "3"])
    #expect(one.status == 0 && one.output == two.output)
    #expect(one.lines.contains { $0.hasPrefix("H5 ") })
    #expect(one.output.contains("Stopping for futility advised in"))
    let figures = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\r\n")
    #expect(figures.count == 6 && figures[1].hasPrefix("H1,KAP − ECT,"))
    #expect(try String(contentsOfFile: picture, encoding: .utf8).hasPrefix("<svg"))
  }

  @Test(arguments: [
    ("--rate", "KAP=1.2", "Every arm has a share of responders above 0 and below 1"),
    ("--rate", "ABC=0.5", "Write --rate as ARM=0.5"),
    ("--dropout", "1", "The share without an outcome lies between 0 and 1"),
    ("--cluster", "KAP:6", "Write --cluster as ARM:size:correlation"),
    ("--runs", "10", "--runs takes a number from 100"),
  ])
  func `a design that cannot be is refused with the reason`(
    option: String, value: String, reason: String
  ) async throws {
    let result = try await Program.run("plan", "design", option, value)
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.status != 0 && result.output.isEmpty)
  }

  /// f-ss-rd-0.55-0.55m-0.1r1b0.1 of Oracles/statistics.
  @Test func `a size agrees with the reference, and an assumption within the null is refused`()
    async throws
  {
    let size = try await Program.run(
      "plan", "size", "--experimental", "0.55", "--comparator", "0.55", "--margin", "-0.10",
      "--power", "0.9")
    #expect(size.output.contains("518 in the experimental arm and 518 in the comparator"))
    #expect(size.output.contains("Before rounding 517.06"))
    let none = try await Program.run(
      "plan", "size", "--experimental", "0.3", "--comparator", "0.5", "--margin", "-0.10")
    #expect(none.errors.contains("lies in the null hypothesis"))
    #expect(none.status != 0)
  }

  @Test(arguments: [
    (
      ["means", "--difference", "0", "--deviation", "0", "--margin", "-3"],
      "--deviation lies above 0"
    ),
    (["events", "--hazard-ratio", "1"], "--hazard-ratio lies above 0 and is not 1"),
    (["events", "--hazard-ratio", "-1"], "--hazard-ratio lies above 0 and is not 1"),
    (["events", "--hazard-ratio", "0.6", "--power", "1"], "--power takes a share between 0 and 1"),
    (
      ["design", "--runs", "100", "--csv", "/nosuch/design.csv"],
      "cannot be written. Check the folder"
    ),
  ])
  func `a plan that cannot be is refused with what to give`(
    arguments: [String], reason: String
  ) async throws {
    let result = try await Program.run(["plan"] + arguments)
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.status != 0)
  }

  /// f-ss-gs-rd-dev of Oracles/statistics.
  @Test func `the size of a trial with looks agrees with the reference`() async throws {
    let common = [
      "plan", "size", "--experimental", "0.55", "--comparator", "0.55", "--margin", "-0.10",
      "--power", "0.8",
    ]
    let looks = ["--information", "0.333333333333333,0.666666666666667,1"]
    let size = try await Program.run(common + looks)
    #expect(size.output.contains("782 participants at most, before rounding 781.64; 668.01 on"))
    #expect(size.output.contains("Success first at each look: 0.0186, 0.3988, 0.3826."))
    let pocock = try await Program.run(common + looks + ["--spending", "pocock"])
    #expect(
      pocock.output.contains("Bounds 2.279, 2.295, 2.296; spending of the Pocock type"),
      "\(pocock.output)")
    let events = try await Program.run(
      ["plan", "events", "--hazard-ratio", "0.6", "--power", "0.8"] + looks)
    #expect(events.output.contains(" events at most, before rounding "))
    for (further, reason) in [
      (["--spending", "pocock"], "--spending takes the looks with it"),
      (["--information", "0.3,0.6"], "The last look has information 1"),
      (["--information", "0.6,0.3,1"], "grow"),
    ] {
      let refused = try await Program.run(common + further)
      #expect(refused.errors.contains(reason) && refused.output.isEmpty, "\(refused.errors)")
    }
  }

  @Test(arguments: [
    ("--experimental", "2", "--experimental takes a share between 0 and 1"),
    ("--power", "0", "--power takes a share between 0 and 1"),
    ("--ratio", "-1", "--ratio takes a number from 0.01 to 100"),
  ])
  func `a share or ratio that is none is refused by the name of its option`(
    option: String, value: String, sentence: String
  ) async throws {
    var arguments = [
      "plan", "size", "--experimental=0.5", "--comparator=0.5", "--margin=-0.10",
    ].filter { !$0.hasPrefix(option) }
    arguments.append("\(option)=\(value)")
    let result = try await Program.run(arguments)
    #expect(result.status == 64 && result.errors.contains(sentence), "\(result.errors)")
  }

  @Test func `a command that refuses while it runs says its sentence and no usage`() async throws {
    let result = try await Program.run(
      "plan", "size", "--experimental", "0.3", "--comparator", "0.5", "--margin", "-0.10")
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(
      result.errors.hasPrefix("Error: The difference assumed lies in the null hypothesis")
        && !result.errors.contains("Usage"), "\(result.errors)")
  }
}

@Suite struct PlanSizesTests {
  /// f-ss-mean-dev and f-ss-events-dev.
  @Test func `means and events have their sizes`() async throws {
    let means = try await Program.run(
      "plan", "means", "--difference", "0", "--deviation", "10", "--margin", "-3")
    #expect(
      means.lines.first
        == "235 in the experimental arm and 235 in the comparator, 470 together.")
    #expect(means.output.contains("Before rounding 234.46 and 234.46"))
    #expect(means.output.contains("with a known deviation 233.50 and 233.50"))
    let wrong = try await Program.run(
      "plan", "means", "--difference", "0", "--deviation", "10", "--margin", "3")
    #expect(wrong.errors.contains("the margin must be negative") && wrong.output.isEmpty)
    let beyond = try await Program.run(
      "plan", "means", "--difference=-4", "--deviation", "10", "--margin", "-3")
    #expect(beyond.errors.contains("The difference assumed lies in the null hypothesis"))
    let events = try await Program.run("plan", "events", "--hazard-ratio", "0.6")
    #expect(events.lines.first?.hasPrefix("162 events. Before rounding 161.0686;") == true)
    let none = try await Program.run("plan", "events", "--hazard-ratio", "1")
    #expect(none.status == 64 && none.output.isEmpty)
  }

  /// f-ssr-blinded-rate-61-120 and f-ssr-z1.5-t0.5.
  @Test func `a size is estimated again, blind or from a statistic`() async throws {
    let blind = try await Program.run(
      "plan", "again", "--pooled", "61/120", "--difference", "0", "--margin", "-0.1")
    #expect(blind.output.contains("Before rounding 522.05 and 522.05"))
    let open = try await Program.run(
      "plan", "again", "--statistic", "1.5", "--interim", "103.77105537679", "--planned",
      "207.54211075358", "--bound", "1.96859564063605")
    #expect(open.output.contains("before rounding 407.3420"))
    #expect(open.output.contains("conditional power as planned 0.5855"))
    #expect(open.output.contains("must exceed 1.2840"))
    let both = try await Program.run("plan", "again", "--pooled", "61/120", "--statistic", "1")
    #expect(both.errors.contains("Give --pooled with --difference") && both.status == 64)
  }
}
