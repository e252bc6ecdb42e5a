import Markup

/// At which shifts of missing values a conclusion holds: filled where it does, crossed where it is lost.
public struct TippingPicture: Picture, Equatable {
  /// What the picture shows, as a sentence.
  public var finding: String
  /// The map in words.
  public var numbers: String
  /// The arm shifted from row to row.
  public var first: String
  /// The arm shifted from column to column.
  public var second: String
  /// Shifts of the rows.
  public var firstShifts: [Double]
  /// Shifts of the columns.
  public var secondShifts: [Double]
  /// The lower limit of each field in points, row by row.
  public var limits: [[Double]]
  /// The limit above which the claim holds.
  public var edge: Double

  /// A map of shifts.
  public init(
    finding: String, first: String, second: String, firstShifts: [Double],
    secondShifts: [Double], limits: [[Double]], edge: Double
  ) {
    self.finding = finding
    self.first = first
    self.second = second
    self.firstShifts = firstShifts
    self.secondShifts = secondShifts
    self.limits = limits
    self.edge = edge
    let held = limits.joined().count { $0 > edge }
    numbers =
      "\(first) against \(second): the claim holds in \(held) of \(limits.joined().count) pairs of shifts; lower limits from "
      + "\(Decimal1.words(limits.joined().min() ?? 0)) to \(Decimal1.words(limits.joined().max() ?? 0)) points."
  }

  /// Draws the fields with their lower limits in them.
  public func draw(on canvas: inout Canvas) {
    let isWide = canvas.width == .wide
    let (left, top) = (isWide ? 120.0 : 44.0, 44.0)
    let width = (canvas.width.units - left - 4) / Double(max(secondShifts.count, 1))
    let height = isWide ? 30.0 : 28.0
    canvas.height = top + height * Double(firstShifts.count) + 54
    canvas.text("\(second) better by, points", x: left, y: 14, .inkSoft)
    for (column, shift) in secondShifts.enumerated() {
      canvas.text(
        Decimal1.text(shift), x: left + width * (Double(column) + 0.5), y: top - 8, .inkSoft,
        anchor: .middle)
    }
    for (row, shift) in firstShifts.enumerated() {
      let y = top + height * Double(row)
      let words = isWide && row == 0 ? "\(first) worse by " : ""
      canvas.text(
        words + Decimal1.text(shift), x: left - 8, y: y + height / 2 + 4, .inkSoft, anchor: .end)
      for column in secondShifts.indices {
        field(
          limits[row][column], x: left + width * Double(column), y: y, width: width - 2,
          height: height - 2, on: &canvas)
      }
    }
    let foot = top + height * Double(firstShifts.count) + 16
    if !isWide {
      canvas.text("\(first) worse by, points, from row to row", x: 0, y: foot + 2, .inkSoft)
    }
    let key = isWide ? foot + 10 : foot + 26
    canvas.rect(x: 0, y: key - 10, width: 12, height: 12, fill: .goodTint, stroke: .good)
    canvas.text("claim holds", x: 18, y: key, .ink)
    canvas.rect(x: 110, y: key - 10, width: 12, height: 12, fill: .badTint, stroke: .bad)
    canvas.line(115, key - 10, 122, key - 3, .bad, width: 2)
    canvas.text("lost; numbers: lower limits", x: 128, y: key, .ink)
  }

  private func field(
    _ limit: Double, x: Double, y: Double, width: Double, height: Double, on canvas: inout Canvas
  ) {
    let isHeld = limit > edge
    canvas.rect(
      x: x, y: y, width: width, height: height, fill: isHeld ? .goodTint : .badTint,
      stroke: isHeld ? .good : .bad)
    // A cut corner, which leaves the number readable.
    if !isHeld { canvas.line(x + width - 10, y, x + width, y + 10, .bad, width: 2) }
    canvas.text(
      Decimal1.words(limit), x: x + width / 2, y: y + height / 2 + 4, .ink, anchor: .middle,
      size: canvas.width == .wide ? 12 : 11)
  }
}
