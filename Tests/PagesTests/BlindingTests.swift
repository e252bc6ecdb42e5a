import PageSamples
import Pages
import Testing

/// Pages for those who set the randomization up: they speak of the arms of the scheme, of the
/// arm of nobody.
private let ofTheScheme: Set = ["scheme-candidate", "simulation-report"]

/// What pages for blinded readers may not have a place for.
struct BlindingTests {
  @Test func `only pages about the scheme, after allocation or after unblinding name an arm`() {
    let words = ["Ketamine alone", "ketamine alone", "KAP −", "KET", "electroconvulsive"]
    let allowed = ofTheScheme.union([
      "reveal", "disclosed", "blinding-record", "result", "result-without-flow",
      "result-dry-run",
    ])
    for (name, page) in Samples().all where !allowed.contains(name) {
      let text = String(decoding: page.page(), as: UTF8.self)
      for word in words { #expect(!text.contains(word), "\(name): \(word)") }
    }
  }

  @Test func `the pages about the scheme, which name its arms, name no participant`() {
    var seen = 0
    for (name, page) in Samples().all where ofTheScheme.contains(name) {
      seen += 1
      let text = String(decoding: page.page(), as: UTF8.self)
      #expect(text.firstMatch(of: /\b1\d\d-\d{4}\b/) == nil, "\(name)")
      #expect(text.firstMatch(of: /\bR-\d{6}\b/) == nil, "\(name)")
    }
    #expect(seen == ofTheScheme.count)
  }

  @Test func `no model of a blinded page has a member for an arm, a stratum or a score`() {
    let blinded: Set = [
      "coordinator-home", "participants", "participant", "new-participant", "visit", "receipt",
      "randomize-not-yet", "randomize-ready", "rater-desk", "rating-form", "rating-booking",
      "open-report", "notices", "envelopes",
    ]
    var seen = 0
    for (name, page) in Samples().all where blinded.contains(name) {
      seen += 1
      for label in labels(of: page) {
        let word = label.lowercased()
        let isForbidden = ["arm", "armname", "stratum", "score", "block", "treatment"].contains(
          word)
        #expect(!isForbidden, "\(name): \(label)")
      }
    }
    #expect(seen == blinded.count)
  }

  @Test func `a receipt differs from another one by key, number and dates only`() {
    func receipt(_ key: String, _ number: String) -> String {
      let model = ReceiptModel(
        frame: PageFrame(study: "KAP-ECT"), key: key, number: number, time: "T", nextVisit: "N",
        participant: Link(text: key, href: "/p"), file: Link(text: "Receipt", href: "/f"),
        home: Link(text: "Today", href: "/"))
      return String(decoding: model.page(), as: UTF8.self)
    }
    let first = receipt("104-0037", "R-482913")
    let second = receipt("104-0038", "R-111222")
    #expect(first != second)
    #expect(
      first.replacing("104-0037", with: "104-0038").replacing("R-482913", with: "R-111222")
        == second)
  }

  @Test(arguments: ["reveal", "disclosed"])
  func `the arm of a reveal stands in no title, address, class, id or label`(name: String) throws {
    let page = try #require(Samples().all.first { $0.name == name }).page
    let read = try PageReader(page.page())
    #expect(read.all("title").first?.text.contains("Ketamine") == false)
    for element in read.elements {
      for attribute in element.attributes {
        #expect(!attribute.value.contains("etamine"), "\(attribute.name)")
      }
    }
  }

  @Test func `a refused code keeps the page for the person who signs in, without the password`()
    throws
  {
    let page = try #require(Samples().all.first { $0.name == "sign-in-refused" }).page
    let read = try PageReader(page.page())
    let boxes = read.all("input").filter { $0.value("type") != "hidden" }
    #expect(boxes.map { $0.value("value") } == ["m.coordinator", nil])
  }

  private func labels(of value: Any) -> [String] {
    Mirror(reflecting: value).children.flatMap { child in
      [child.label ?? ""] + labels(of: child.value)
    }
  }
}
