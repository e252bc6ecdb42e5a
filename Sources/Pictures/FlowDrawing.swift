import Markup

extension FlowPicture: Picture {
  /// Draws boxes and straight arrows; before unblinding they stop at the pooled follow-up.
  public func draw(on canvas: inout Canvas) {
    let isWide = canvas.width == .wide
    let main = isWide ? (x: 250.0, width: 260.0) : (x: 0.0, width: 200.0)
    var y = drawBox(
      ["Assessed for eligibility", "n = \(Decimal1.count(assessed))"], x: main.x, y: 1,
      width: main.width,
      on: &canvas)
    y = drawSide(
      "Excluded", excluded, from: y, mainCentre: main.x + main.width / 2,
      x: isWide ? 540 : 140, width: isWide ? 219 : 199, on: &canvas)
    y = drawBox(
      ["Randomized", "n = \(Decimal1.count(randomized))"], x: main.x, y: y, width: main.width,
      on: &canvas)
    switch after {
    case .pooled(let followed, let losses):
      y = drawSide(
        "Not followed", losses, from: y, mainCentre: main.x + main.width / 2,
        x: isWide ? 540 : 140, width: isWide ? 219 : 199, on: &canvas)
      y = drawBox(
        ["Followed", "n = \(Decimal1.count(followed))"], x: main.x, y: y, width: main.width,
        on: &canvas)
    case .byArm(let arms):
      y = isWide ? drawColumns(arms, from: y, on: &canvas) : drawStack(arms, from: y, on: &canvas)
    }
    canvas.height = y + 2
  }

  private func drawColumns(_ arms: [FlowArm], from top: Double, on canvas: inout Canvas) -> Double {
    let gap = 14.0
    let width = (canvas.width.units - 2 - gap * Double(arms.count - 1)) / Double(max(arms.count, 1))
    let beam = top + 14
    let centres = arms.indices.map { 1 + width / 2 + Double($0) * (width + gap) }
    canvas.line(380, top, 380, beam, .ink)
    if let first = centres.first, let last = centres.last {
      canvas.line(min(first, 380), beam, max(last, 380), beam, .ink)
    }
    // Rows of boxes stand level, so that arms can be compared across.
    var y = beam + 18
    let columns = arms.map(Self.boxes)
    let last = (columns.map(\.count).min() ?? 1) - 1
    for row in 0...max(last, 0) {
      let texts = columns.map { $0[row] }
      let height = boxHeight(texts.map(\.count).max() ?? 1)
      for (index, lines) in texts.enumerated() {
        arrow(centres[index], y - 18, y, on: &canvas)
        drawBox(
          lines, x: centres[index] - width / 2, y: y, width: width, height: height, on: &canvas)
      }
      y += height + (row == last ? 0 : 18)
    }
    return y
  }

  private func drawStack(_ arms: [FlowArm], from top: Double, on canvas: inout Canvas) -> Double {
    var y = top
    for arm in arms {
      arrow(100, y, y + 18, on: &canvas)
      y = drawBox(
        Self.boxes(of: arm).flatMap(\.self), x: 1, y: y + 18, width: 338, on: &canvas)
    }
    return y
  }

  private static func boxes(of arm: FlowArm) -> [[String]] {
    let received = arm.received.map {
      ["received \(Decimal1.count($0))"] + losses("did not receive", arm.notReceived)
    }
    let perProtocol = arm.perProtocol.map { "per protocol \(Decimal1.count($0))" }
    return [
      [["\(arm.label)", "allocated \(Decimal1.count(arm.allocated))"]],
      received.map { [$0] } ?? [],
      [["followed \(Decimal1.count(arm.followed))"] + losses("not followed", arm.notFollowed)],
      [
        ["full set \(Decimal1.count(arm.full))"] + losses("not in it", arm.notFull)
          + [perProtocol].compactMap(\.self)
      ],
    ].flatMap(\.self)
  }

  private static func losses(_ words: String, _ losses: [FlowLoss]) -> [String] {
    guard !losses.isEmpty else { return ["\(words) 0"] }
    return ["\(words) \(Decimal1.count(losses.reduce(0) { $0 + $1.count }))"]
      + losses.map { "   \($0.reason) \(Decimal1.count($0.count))" }
  }

  private func drawSide(
    _ title: String, _ losses: [FlowLoss], from top: Double, mainCentre: Double, x: Double,
    width: Double, on canvas: inout Canvas
  ) -> Double {
    let lines =
      ["\(title), n = \(Decimal1.count(losses.reduce(0) { $0 + $1.count }))"]
      + losses.map { "   \($0.reason) \(Decimal1.count($0.count))" }
    let height = boxHeight(lines.count)
    let isWide = canvas.width == .wide
    let middle = top + 10 + height / 2
    let foot = top + height + 20
    arrow(isWide ? mainCentre : 70, top, foot, on: &canvas)
    canvas.line(isWide ? mainCentre : 70, middle, x - 6, middle, .ink)
    canvas.area([(x, middle), (x - 8, middle - 4), (x - 8, middle + 4)], fill: .ink)
    drawBox(lines, x: x, y: top + 10, width: width, height: height, on: &canvas)
    return foot
  }

  private func boxHeight(_ lines: Int) -> Double { Double(lines) * 17 + 12 }

  private func drawBox(
    _ lines: [String], x: Double, y: Double, width: Double, on canvas: inout Canvas
  ) -> Double {
    let height = boxHeight(lines.count)
    drawBox(lines, x: x, y: y, width: width, height: height, on: &canvas)
    return y + height
  }

  private func drawBox(
    _ lines: [String], x: Double, y: Double, width: Double, height: Double,
    on canvas: inout Canvas
  ) {
    canvas.rect(
      x: max(x, 0.5), y: y, width: min(width, canvas.width.units - x - 1), height: height,
      fill: .card, stroke: .ink)
    for (index, line) in lines.enumerated() {
      let isIndented = line.hasPrefix(" ")
      canvas.text(
        line.hasPrefix(" ") ? String(line.drop { $0 == " " }) : line,
        x: x + (isIndented ? 22 : 10), y: y + 19 + Double(index) * 17,
        isIndented ? .inkSoft : .ink, bold: index == 0)
    }
  }

  private func arrow(_ x: Double, _ top: Double, _ foot: Double, on canvas: inout Canvas) {
    canvas.line(x, top, x, foot - 7, .ink)
    canvas.area([(x, foot), (x - 4, foot - 8), (x + 4, foot - 8)], fill: .ink)
  }
}
