import StudyLanguage
import StudyModel
import Testing

/// A definition damaged at random: it is read or refused, never a crash.
struct DefinitionFuzzTests {
  @Test(arguments: [11, 12, 13, 14] as [UInt64])
  func `a damaged definition is read or refused at a place inside the text`(seed: UInt64) throws {
    let path = seed % 2 == 0 ? "minimized" : "two-arm"
    let original = Array(
      try ReferenceTrial.text("Tests/Oracles/studies/\(path).yaml").unicodeScalars)
    var state = seed
    func draw(_ bound: Int) -> Int {
      // Knuth's constants; only the upper bits are used.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let marks = Array("[]{}:,#&*!|>'\"%@`- \n\tYN09aZ".unicodeScalars)
    for _ in 0..<120 {
      var scalars = original
      for _ in 0...draw(3) {
        let place = draw(scalars.count)
        switch draw(3) {
        case 0: scalars.remove(at: place)
        case 1: scalars[place] = marks[draw(marks.count)]
        default: scalars.insert(marks[draw(marks.count)], at: place)
        }
      }
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
      for fault in BrokenDefinitionTests.faults(String(text)) ?? [] {
        #expect((1...(lines + 1)).contains(fault.line), "seed \(seed): \(fault)")
        #expect(fault.column >= 1 && !fault.sentence.isEmpty, "seed \(seed): \(fault)")
      }
    }
  }
}
