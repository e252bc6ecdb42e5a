import PageSamples
import Pages
import Testing

/// What every page must hold, read from the bytes that are sent.
struct PageRulesTests {
  private let pages: [(name: String, page: any PageModel)] = Samples().all

  @Test func `a page has one h1, headings in order and a title of its own`() throws {
    var titles: Set<String> = []
    for (name, page) in pages {
      let read = try PageReader(page.page())
      #expect(read.all("h1").count == 1, "\(name)")
      let levels = read.elements.compactMap { ["h1": 1, "h2": 2, "h3": 3, "h4": 4][$0.tag] }
      var last = 1
      for level in levels {
        #expect(level <= last + 1, "\(name)")
        last = level
      }
      let title = try #require(read.all("title").first?.text)
      #expect(!title.hasPrefix(","), "\(name)")
      titles.insert(title)
    }
    #expect(titles.count > 40)
  }

  @Test func `a page says its language and has header, main, footer and the skip link first`()
    throws
  {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      #expect(read.all("html").first?.value("lang") == "en", "\(name)")
      for landmark in ["main", "footer"] { #expect(read.all(landmark).count == 1, "\(name)") }
      let top = read.all("header").filter { $0.value("class") == "bar" }
      #expect(top.count == 1, "\(name)")
      let first = try #require(
        read.elements.first { ["a", "button", "input"].contains($0.tag) })
      #expect(first.value("href") == "#main", "\(name)")
      let navs = read.all("nav").compactMap { $0.value("aria-label") }
      #expect(navs.count == read.all("nav").count && Set(navs).count == navs.count, "\(name)")
    }
  }

  @Test func `an id stands once in a page and every reference to one leads to an element`() throws {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      let ids = read.elements.compactMap { $0.value("id") }
      #expect(Set(ids).count == ids.count, "\(name)")
      #expect(ids.allSatisfy { !$0.contains(" ") && !$0.isEmpty }, "\(name)")
      for element in read.elements {
        var references = [element.value("for")].compactMap(\.self)
        for attribute in ["aria-describedby", "aria-labelledby"] {
          references += (element.value(attribute) ?? "").split(separator: " ").map(String.init)
        }
        if let href = element.value("href"), href.hasPrefix("#"), href != "#" {
          references.append(String(href.dropFirst()))
        }
        for reference in references {
          #expect(ids.contains(reference), "\(name): \(reference)")
        }
      }
    }
  }

  @Test func `every control has a label and every group a legend`() throws {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      let labelled = Set(read.all("label").compactMap { $0.value("for") })
      for control in read.elements where ["input", "select", "textarea"].contains(control.tag) {
        guard control.value("type") != "hidden" else { continue }
        let id = try #require(control.value("id"), "\(name)")
        #expect(labelled.contains(id), "\(name): \(id)")
      }
      for (index, group) in read.elements.enumerated() where group.tag == "fieldset" {
        let children = read.elements.filter { $0.ancestors.last == index }
        #expect(children.first?.tag == "legend", "\(name)")
        #expect(children.first?.text.isEmpty == false, "\(name)")
      }
    }
  }

  @Test func `a page carries no inline style, no handler and no script but the one file`() throws {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      for element in read.elements {
        for attribute in element.attributes {
          #expect(attribute.name != "style" && !attribute.name.hasPrefix("on"), "\(name)")
        }
      }
      #expect(read.all("style").isEmpty, "\(name)")
      #expect(read.all("script").count == 1, "\(name)")
      #expect(read.all("script").first?.text.isEmpty == true, "\(name)")
    }
  }

  @Test func `every posted form carries the anti-forgery token and the key of the act`() throws {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      for (index, form) in read.elements.enumerated() where form.tag == "form" {
        let names = read.elements.filter { $0.ancestors.contains(index) }
          .compactMap { $0.value("name") }
        guard form.value("method") == "post" else {
          #expect(!names.contains("_token"), "\(name): a token in an address")
          continue
        }
        #expect(names.contains("_token") && names.contains("_key"), "\(name)")
      }
    }
  }

  @Test func `a table has a caption and its heads have a scope`() throws {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      #expect(read.all("caption").count == read.all("table").count, "\(name)")
      #expect(read.all("caption").allSatisfy { !$0.text.isEmpty }, "\(name)")
      #expect(read.all("th").allSatisfy { $0.value("scope") != nil }, "\(name)")
    }
  }

  @Test func `a page has at most one primary button`() throws {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      let primary = read.elements.filter {
        ($0.value("class") ?? "").split(separator: " ").contains("primary")
      }
      #expect(primary.count <= 1, "\(name)")
    }
  }

  @Test func `an accessible name begins with the visible words`() throws {
    for (name, page) in pages {
      for element in try PageReader(page.page()).elements
      where ["a", "button"].contains(element.tag) {
        guard let label = element.value("aria-label") else { continue }
        let visible = element.text.drop { "✓◷!i–?◐⟲ ".contains($0) }
        #expect(label.hasPrefix(visible), "\(name): \(label)")
      }
    }
  }

  @Test func `a fault stands in the title, in the summary and under its field in the same words`()
    throws
  {
    let entry = try #require(pages.first { $0.name == "form-entry-faults" }).page
    let read = try PageReader(entry.page())
    #expect(read.all("title").first?.text.hasPrefix("2 faults: ") == true)
    let sentence = "Systolic pressure is 310. It must be between 60 and 260 mmHg."
    let link = try #require(read.all("a").first { $0.text == sentence })
    let target = try #require(link.value("href")?.dropFirst())
    let field = try #require(read.elements.first { $0.value("id") == String(target) })
    #expect(field.value("aria-invalid") == "true")
    let described = try #require(field.value("aria-describedby")).split(separator: " ")
    #expect(
      described.contains { id in
        read.elements.contains { $0.value("id") == String(id) && $0.text.hasSuffix(sentence) }
      })
    let summary = try #require(read.elements.first { $0.value("role") == "alert" })
    #expect(summary.text.hasPrefix("There are 2 faults"))
  }

  @Test func `the band of training is first in the body, and the live study has none`() throws {
    for (name, page) in pages {
      let read = try PageReader(page.page())
      let body = try #require(read.elements.firstIndex { $0.tag == "body" })
      #expect(read.elements[body + 1].value("role") == "note", "\(name)")
    }
    let live = ErrorModel(frame: PageFrame(study: "KAP-ECT"), kind: .notFound)
    let read = try PageReader(live.page())
    #expect(!read.elements.contains { $0.value("role") == "note" })
  }

  @Test func `a page that may not be seen is the same page as one that is not there`() throws {
    let model = ErrorModel(frame: PageFrame(study: "KAP-ECT"), kind: .notFound)
    let read = try PageReader(model.page())
    #expect(read.all("h1").first?.text == "There is no such page for you.")
    #expect(ErrorKind.notFound.status == 404)
  }

  @Test func `a refused password or code is never sent back`() throws {
    for (name, page) in pages {
      for input in try PageReader(page.page()).all("input")
      where input.value("type") == "password" || input.value("name") == "code" {
        #expect(input.value("value") == nil, "\(name)")
      }
    }
  }

  @Test func `typed text that begins with a line break keeps it`() {
    var model = ErrorModel(frame: PageFrame(study: "s"), kind: .failure)
    model.details = ["a"]
    let field = EntryField(
      name: "note", label: "Remarks", control: .lines(text: "\nfirst", maximum: 10))
    let page = NewParticipantModel(
      frame: model.frame, back: Link(text: "b", href: "/"), site: "s", fields: [field],
      form: FormTarget(action: "/", token: "t", key: "k"), consentInForce: "1")
    let text = String(decoding: page.page(), as: UTF8.self)
    #expect(text.contains(">\n\nfirst</textarea>"))
  }
}
