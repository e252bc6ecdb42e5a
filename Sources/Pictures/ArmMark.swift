/// How arms are told apart in lines: by dash and by mark, colour only adds.
struct ArmMark {
  let ink: Ink
  let dash: String?
  private let shape: Int

  init(_ number: Int) {
    let inks: [Ink] = [.armOne, .armTwo, .armThree, .calm]
    let dashes: [String?] = [nil, "8 4", "2 4", "10 3 2 3"]
    ink = inks[number % inks.count]
    dash = dashes[number % dashes.count]
    shape = number % 4
  }

  func draw(x: Double, y: Double, on canvas: inout Canvas) {
    switch shape {
    case 0: canvas.circle(x, y, radius: 4.5, fill: ink)
    case 1:
      canvas.rect(x: x - 4, y: y - 4, width: 8, height: 8, fill: .card, stroke: ink, strokeWidth: 2)
    case 2: canvas.area([(x - 5, y + 4), (x, y - 5), (x + 5, y + 4)], fill: ink)
    default: canvas.circle(x, y, radius: 4, fill: .card, stroke: ink, strokeWidth: 2)
    }
  }
}
