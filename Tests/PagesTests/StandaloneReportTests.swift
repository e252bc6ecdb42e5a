import Foundation
import PageSamples
import Pages
import Testing

struct StandaloneReportTests {
  private let text = String(
    decoding: StandaloneReport(Samples().result, styleSheet: "body { color: CanvasText; }\n")
      .file(),
    as: UTF8.self)

  @Test func `the report is one file that links to nothing and requests nothing`() {
    for word in ["<link", "<script", "href=", "src=", "url(", "<form"] {
      #expect(!text.contains(word), "\(word)")
    }
    #expect(text.contains("<style>\nbody { color: CanvasText; }\n</style>"))
  }

  @Test func `the report holds the finding, both drawings of each picture and all hypotheses`() {
    #expect(text.contains("KAP was noninferior to ECT."))
    #expect(text.components(separatedBy: "<svg").count - 1 == 4)
    for order in 1...5 { #expect(text.contains(">H\(order) ")) }
    #expect(text.contains("Training: nothing here is a real trial"))
  }

  @Test func `the same result gives the same file`() {
    let again = StandaloneReport(Samples().result, styleSheet: "body { color: CanvasText; }\n")
    #expect(String(decoding: again.file(), as: UTF8.self) == text)
  }
}
