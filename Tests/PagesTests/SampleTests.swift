import PageSamples
import Pages
import Testing

/// Hostile text for every string of every model.
private let hostile =
  #"zz"'><img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;</title></textarea>"#

struct SampleTests {
  @Test func `every string of every model passes through the function that makes it hostile`() {
    for (name, page) in Samples({ $0 + hostile }).all {
      var missed: [String] = []
      collect(page, path: name) { path, text in
        if !text.isEmpty, !text.contains(hostile) { missed.append("\(path): \(text)") }
      }
      #expect(missed.isEmpty, "\(missed)")
    }
  }

  @Test func `hostile text in every string adds no element and no attribute to any page`() throws {
    let plain = Samples().all
    let attacked = Samples({ $0 + hostile }).all
    for (before, after) in zip(plain, attacked) {
      // A word of a picture gives way when a longer one needs its place.
      let clean = try PageReader(before.page.page()).elements.filter { $0.tag != "text" }
      let read = try PageReader(after.page.page()).elements.filter { $0.tag != "text" }
      #expect(read.map(\.tag) == clean.map(\.tag), "\(before.name)")
      #expect(
        read.map { $0.attributes.map(\.name) } == clean.map { $0.attributes.map(\.name) },
        "\(before.name)")
    }
  }

  @Test func `a hostile address becomes a link that goes nowhere`() throws {
    for scheme in ["javascript:alert(1)//", " JAVASCRIPT:a", "data:text/html,", "//evil.example/"] {
      for (name, page) in Samples({ scheme + $0 }).all {
        for element in try PageReader(page.page()).elements {
          for attribute in ["href", "src", "action"] {
            guard let address = element.value(attribute), address != "#main", address != "/"
            else { continue }
            let isOwn = address.hasPrefix("#f-")
            #expect(address == "#" || isOwn, "\(name): \(attribute) \(address)")
          }
        }
      }
    }
  }

  @Test func `the same model gives the same bytes`() {
    for (first, second) in zip(Samples().all, Samples().all) {
      #expect(first.page.page() == second.page.page(), "\(first.name)")
    }
  }

  private func collect(_ value: Any, path: String, visit: (String, String) -> Void) {
    if let text = value as? String {
      visit(path, text)
      return
    }
    for (index, child) in Mirror(reflecting: value).children.enumerated() {
      collect(child.value, path: "\(path).\(child.label ?? "\(index)")", visit: visit)
    }
  }
}
