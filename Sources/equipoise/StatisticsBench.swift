import Foundation
import Statistics

/// Measures the statistics beside the programs that statisticians use.
struct StatisticsBench {
  /// One line of the table.
  struct Line {
    var task: String
    /// Seconds of processor time for one evaluation, round by round.
    var own: [Double]
    /// The rival's name with its seconds; nil where none can be installed.
    var rival: (name: String, seconds: [Double])?
    /// How far our values lie from the rival's.
    var deviation: Double?
    /// Seconds to reach, from the specification of the statistics.
    var goal: Double
  }

  let rounds: Int
  let scripts: String

  func run(_ tell: (String) -> Void) throws {
    try Scratchpad.inUse { folder in
      let tasks = try StatisticsTasks.all(folder: folder)
      tell(
        "task | median | lowest | highest | rival | its median | faster by | largest difference | to reach"
      )
      for task in tasks { tell(text(try measured(task))) }
    }
    tell("")
    try scaling(tell)
    tell("")
    try cores(tell)
  }

  private func measured(_ task: StatisticsTask) throws -> Line {
    let rival = task.rival.flatMap { RivalProgram($0, scripts: scripts) }
    var line = Line(task: task.name, own: [], rival: nil, deviation: nil, goal: task.goal)
    var theirs: [Double] = []
    for round in 0..<rounds {
      // The order is turned each round, so that what else the machine does hits both alike.
      if round.isMultiple(of: 2) { line.own.append(try Self.seconds(task)) }
      if let rival, let found = rival.run() {
        theirs.append(found.seconds)
        let values = try task.work()
        line.deviation = zip(values, found.values).map { abs($0 - $1) }.max()
      }
      if !round.isMultiple(of: 2) { line.own.append(try Self.seconds(task)) }
    }
    if let rival, !theirs.isEmpty { line.rival = (rival.name, theirs) }
    return line
  }

  /// Processor time of one evaluation, over as many as take a fifth of a second.
  private static func seconds(_ task: StatisticsTask) throws -> Double {
    _ = try task.work()
    var repeats = 1
    while true {
      let start = processorSeconds()
      for _ in 0..<repeats { _ = try task.work() }
      let spent = processorSeconds() - start
      if spent > 0.2 || repeats > 1_000_000 { return spent / Double(repeats) / task.divisor }
      repeats *= spent < 0.02 ? 8 : 2
    }
  }

  /// POSIX counts a million to the second, whatever the machine does.
  private static func processorSeconds() -> Double { Double(clock()) / 1_000_000 }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
  }

  private func text(_ line: Line) -> String {
    let own = Self.median(line.own)
    let theirs = line.rival.map { Self.median($0.seconds) }
    return [
      line.task, Self.duration(own), Self.duration(line.own.min() ?? 0),
      Self.duration(line.own.max() ?? 0), line.rival?.name ?? "none installed",
      theirs.map(Self.duration) ?? "–", theirs.map { Wording.decimal($0 / own, places: 1) } ?? "–",
      line.deviation.map { "\(($0 * 1e12).rounded() / 1e12)" } ?? "–",
      Self.duration(line.goal) + (own <= line.goal ? ", met" : ", missed"),
    ].joined(separator: " | ")
  }

  private static func duration(_ seconds: Double) -> String {
    if seconds < 1e-3 { return Wording.decimal(seconds * 1e6, places: 2) + " µs" }
    if seconds < 1 { return Wording.decimal(seconds * 1e3, places: 2) + " ms" }
    return Wording.decimal(seconds, places: 2) + " s"
  }

  /// The model for repeated measures over more and more participants.
  private func scaling(_ tell: (String) -> Void) throws {
    tell("participants, 6 visits, unstructured | seconds | per participant | gradient")
    for participants in [400, 1_000, 4_000, 10_000, 40_000] {
      let rows = StatisticsTasks.repeated(participants)
      let start = Self.processorSeconds()
      let model = try MixedModel(rows)
      _ = model.contrast("KAP", "ECT", at: "V6", degreesOfFreedom: .satterthwaite)
      let spent = Self.processorSeconds() - start
      tell(
        "\(participants) | \(Self.duration(spent)) | "
          + "\(Self.duration(spent / Double(participants))) | \(model.gradient)")
    }
  }

  /// The same simulation on one thread and on more.
  private func cores(_ tell: (String) -> Void) throws {
    tell("threads | simulated trials a second | times one thread")
    let plan = try StatisticsTasks.plan()
    let runs = 2_000_000
    var single = 0.0
    var threads = 1
    while threads <= ProcessInfo.processInfo.activeProcessorCount {
      let count = threads
      let start = Date()
      DispatchQueue.concurrentPerform(iterations: count) { index in
        var tally = DesignTally(plan)
        tally.simulate(plan, runs: (index * runs / count)..<((index + 1) * runs / count), key: 1)
        precondition(tally.runs > 0)
      }
      let rate = Double(runs) / Date().timeIntervalSince(start)
      if threads == 1 { single = rate }
      tell("\(threads) | \(Int(rate)) | \(Wording.decimal(rate / single, places: 2))")
      threads *= 2
    }
  }
}

/// A program of others that does the same.
struct RivalProgram {
  /// Which script and task.
  struct Task {
    var name: String
    var isR: Bool
    var task: String
    var repeats: Int
    var file: String?
  }

  private let task: Task
  private let script: String
  var name: String { task.name }

  init?(_ task: Task, scripts: String) {
    self.task = task
    script = scripts + (task.isR ? "/statistics.R" : "/statistics.py")
    guard FileManager.default.fileExists(atPath: script) else { return nil }
  }

  /// Its seconds and values; nil where the interpreter or the package is not installed.
  func run() -> (seconds: Double, values: [Double])? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let python = ProcessInfo.processInfo.environment["EQUIPOISE_PYTHON"] ?? "python3"
    process.arguments =
      (task.isR ? ["Rscript"] : [python]) + [script, task.task, "\(task.repeats)"]
      + (task.file.map { [$0] } ?? [])
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    // What a package tells of its progress comes before the one line that counts.
    let line = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? ""
    let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard let seconds = numbers.first else { return nil }
    return (seconds, Array(numbers.dropFirst()))
  }
}

/// A folder that goes when it is no longer needed.
private enum Scratchpad {
  static func inUse(_ body: (String) throws -> Void) throws {
    let folder =
      NSTemporaryDirectory() + "equipoise-statistics-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }
}
