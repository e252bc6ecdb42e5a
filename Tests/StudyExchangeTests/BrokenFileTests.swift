import StudyExchange
import Testing

/// A file that cannot be what it should be, and the words of the sentence that says so.
struct BrokenFile: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// Words of the refusal, or of a remark when the file is repaired.
  let says: String
  let isRefused: Bool

  init(_ name: String, _ text: String, says: String, isRefused: Bool = true) {
    self.init(name, Array(text.utf8), says: says, isRefused: isRefused)
  }

  init(_ name: String, _ bytes: [UInt8], says: String, isRefused: Bool = true) {
    (self.name, self.bytes, self.says, self.isRefused) = (name, bytes, says, isRefused)
  }

  var testDescription: String { name }

  static func odm(_ inside: String, before: String = "") -> String {
    before + """
      <ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2"><Study OID="S">
      <GlobalVariables><StudyName>S</StudyName><StudyDescription/><ProtocolName>P</ProtocolName>
      </GlobalVariables><MetaDataVersion OID="M" Name="1">\(inside)</MetaDataVersion></Study></ODM>
      """
  }

  static func form(_ items: String, _ rest: String) -> String {
    odm(
      """
      <FormDef OID="F.ONE" Name="One" Repeating="No"><ItemGroupRef ItemGroupOID="G"/></FormDef>
      <ItemGroupDef OID="G" Name="Group" Repeating="No">\(items)</ItemGroupDef>\(rest)
      """)
  }

  static func item(_ name: String, _ type: String = "text", _ inside: String = "") -> String {
    "<ItemDef OID=\"\(name)\" Name=\"\(name)\" DataType=\"\(type)\">\(inside)</ItemDef>"
  }

  static func long(_ name: String, _ length: String) -> String {
    "<ItemDef OID=\"\(name)\" Name=\"\(name)\" DataType=\"text\" Length=\"\(length)\"/>"
  }

  static let head =
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    + "\"Choices, Calculations, OR Slider Labels\",Field Note,"
    + "Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,"
    + "Identifier?,Branching Logic (Show field only if...),Required Field?\n"
    + "id,one,,text,Record,,,,,,,,\n"

  static func nested(_ count: Int) -> [UInt8] {
    let open = Array("<a>".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(open.count * count)
    for _ in 0..<count { bytes += open }
    return bytes
  }

  static let all: [BrokenFile] = documents + tables

  static let documents: [BrokenFile] = [
    BrokenFile("nothing", "", says: "empty"),
    BrokenFile("blanks", "   \n", says: "empty"),
    BrokenFile("no markup", "<", says: "not well-formed"),
    BrokenFile("cut in a tag", String(odm(item("A")).prefix(150)), says: "not well-formed"),
    BrokenFile("cut before its end", String(odm(item("A")).dropLast(12)), says: "not well-formed"),
    BrokenFile("two roots", odm("") + "<more/>", says: "not well-formed"),
    BrokenFile("a document type", "<!DOCTYPE ODM SYSTEM \"x.dtd\">" + odm(""), says: "DOCTYPE"),
    BrokenFile(
      "an entity bomb",
      "<!DOCTYPE z [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>"
        + odm("<Protocol>&c;</Protocol>"), says: "DOCTYPE"),
    BrokenFile(
      "a file as an entity",
      "<!DOCTYPE z [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>" + odm("&f;"), says: "DOCTYPE"),
    BrokenFile("an entity of nobody", odm("<Protocol>&other;</Protocol>"), says: "not well-formed"),
    BrokenFile("elements without end", nested(30_000_000), says: "larger than"),
    BrokenFile("elements 60 deep", nested(60), says: "nested deeper"),
    BrokenFile(
      "an encoding it is not",
      Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ODM>".utf8)
        + [0xE9, 0x20] + Array("</ODM>".utf8), says: "not well-formed"),
    BrokenFile(
      "an encoding nobody knows",
      "<?xml version=\"1.0\" encoding=\"EBCDIC-X\"?>" + odm(""), says: "not well-formed"),
    BrokenFile("a byte of zero", Array(odm("").utf8) + [0], says: "not well-formed"),
    BrokenFile("another vocabulary", "<html><body/></html>", says: "begins with “html”"),
    BrokenFile(
      "no study", "<ODM xmlns=\"http://www.cdisc.org/ns/odm/v1.3\"/>", says: "no study"),
    BrokenFile(
      "an item twice", form("<ItemRef ItemOID=\"A\"/>", item("A") + item("A", "integer")),
      says: "is defined twice", isRefused: false),
    BrokenFile(
      "an item of nobody", form("<ItemRef ItemOID=\"A\"/><ItemRef ItemOID=\"B\"/>", item("A")),
      says: "nothing defines", isRefused: false),
    BrokenFile(
      "a list of nobody",
      form("<ItemRef ItemOID=\"A\"/>", item("A", "text", "<CodeListRef CodeListOID=\"C\"/>")),
      says: "code list “C”, which nothing defines", isRefused: false),
    BrokenFile(
      "a unit of nobody",
      form(
        "<ItemRef ItemOID=\"A\"/>",
        item("A", "integer", "<MeasurementUnitRef MeasurementUnitOID=\"U\"/>")),
      says: "unit “U”", isRefused: false),
    BrokenFile(
      "a method of nobody", form("<ItemRef ItemOID=\"A\" MethodOID=\"M\"/>", item("A")),
      says: "method “M”", isRefused: false),
    BrokenFile(
      "a condition of nobody",
      form("<ItemRef ItemOID=\"A\" CollectionExceptionConditionOID=\"C\"/>", item("A")),
      says: "condition “C”", isRefused: false),
    BrokenFile(
      "a form of nobody",
      odm(
        "<Protocol><StudyEventRef StudyEventOID=\"E\"/></Protocol>"
          + "<StudyEventDef OID=\"E\" Name=\"E\" Repeating=\"No\" Type=\"Scheduled\">"
          + "<FormRef FormOID=\"F\"/></StudyEventDef>"),
      says: "the form “F” of this event", isRefused: false),
    BrokenFile(
      "a group inside of itself",
      odm(
        "<ItemGroupDef OID=\"G\" Name=\"G\" Type=\"Form\"><ItemRef ItemOID=\"A\"/>"
          + "<ItemGroupRef ItemGroupOID=\"G\"/></ItemGroupDef>" + item("A")),
      says: "inside of itself", isRefused: false),
    BrokenFile(
      "groups that double at every step",
      odm(
        (1...40).map { number in
          "<ItemGroupDef OID=\"G\(number)\" Name=\"G\" Type=\"\(number == 1 ? "Form" : "Section")\">"
            + "<ItemRef ItemOID=\"A\"/><ItemGroupRef ItemGroupOID=\"G\(number + 1)\"/>"
            + "<ItemGroupRef ItemGroupOID=\"G\(number + 1)\"/></ItemGroupDef>"
        }.joined() + item("A")),
      says: "nested too deeply", isRefused: false),
    BrokenFile(
      "a type nobody knows", form("<ItemRef ItemOID=\"A\"/>", item("A", "colour")),
      says: "type “colour”", isRefused: false),
    BrokenFile(
      "codes too long, with spaces",
      form(
        "<ItemRef ItemOID=\"A\"/>",
        item("A", "text", "<CodeListRef CodeListOID=\"C\"/>")
          + "<CodeList OID=\"C\" Name=\"C\" DataType=\"text\">"
          + "<EnumeratedItem CodedValue=\"not applicable, at all\"/>"
          + "<EnumeratedItem CodedValue=\"not applicable, at any\"/></CodeList>"),
      says: "is “not_applicable__at_2”", isRefused: false),
    BrokenFile(
      "a formula that does not parse",
      form(
        "<ItemRef ItemOID=\"A\" CollectionExceptionConditionOID=\"C\"/>",
        item("A")
          + "<ConditionDef OID=\"C\" Name=\"C\"><FormalExpression Context=\"OpenEDC\">A == (("
          + "</FormalExpression></ConditionDef>"),
      says: "does not parse", isRefused: false),
    BrokenFile(
      "a text longer than a field holds", form("<ItemRef ItemOID=\"A\"/>", long("A", "20000")),
      says: "a text of 20000 characters: now 10000 at most", isRefused: false),
    BrokenFile(
      "a length below one", form("<ItemRef ItemOID=\"A\"/>", long("A", "-5")),
      says: "A: its length “-5”, which is none", isRefused: false),
    BrokenFile(
      "a length in words", form("<ItemRef ItemOID=\"A\"/>", long("A", "ten")),
      says: "A: its length “ten”, which is none", isRefused: false),
    BrokenFile(
      "texts without a length",
      form("<ItemRef ItemOID=\"A\"/><ItemRef ItemOID=\"B\"/>", item("A") + item("B")),
      says: "2 texts: of a length the file does not say: now 500 characters at most. They are A, B",
      isRefused: false),
    BrokenFile(
      "more digits than a number has",
      form(
        "<ItemRef ItemOID=\"A\"/>",
        "<ItemDef OID=\"A\" Name=\"A\" DataType=\"float\" Length=\"40\" SignificantDigits=\"3\"/>"),
      says: "a number of 40 digits, 3 of them after the point: now of 18 digits", isRefused: false),
    BrokenFile(
      "elements of another vocabulary",
      form(
        "<ItemRef ItemOID=\"A\"/>",
        item("A", "text", "<x:Rule xmlns:x=\"urn:x\"><x:Part/></x:Rule><x:Rule xmlns:x=\"urn:x\"/>")
      ),
      says: "Rule {urn:x}: 2 elements of another vocabulary than ODM.", isRefused: false),
    BrokenFile(
      "an attribute of another vocabulary",
      form(
        "<ItemRef xmlns:x=\"urn:x\" x:show=\"1\" ItemOID=\"A\"/>", item("A")),
      says: "show {urn:x}: 1 attribute of another vocabulary than ODM.", isRefused: false),
    BrokenFile(
      "a code that says why there is no answer",
      form(
        "<ItemRef ItemOID=\"A\"/>",
        item("A", "text", "<CodeListRef CodeListOID=\"C\"/>")
          + "<CodeList OID=\"C\" Name=\"C\" DataType=\"text\">"
          + "<EnumeratedItem CodedValue=\"ND\"/><EnumeratedItem CodedValue=\"NA\"/></CodeList>"),
      says: "its code “ND” is “ND_”, since it says of every field why it has no answer.",
      isRefused: false),
    BrokenFile(
      "a question that turns its reading",
      form(
        "<ItemRef ItemOID=\"A\"/>",
        item("A", "text", "<Question><TranslatedText>One &#x202E;two</TranslatedText></Question>")),
      says: "characters nobody sees, such as U+202E", isRefused: false),
    BrokenFile(
      "a range with more digits than its number",
      form(
        "<ItemRef ItemOID=\"A\"/>",
        "<ItemDef OID=\"A\" Name=\"A\" DataType=\"float\" Length=\"30\" SignificantDigits=\"1\">"
          + "<RangeCheck Comparator=\"GE\" SoftHard=\"Hard\"><CheckValue>0.25</CheckValue></RangeCheck>"
          + "<RangeCheck Comparator=\"LE\" SoftHard=\"Hard\"><CheckValue>9</CheckValue></RangeCheck>"
          + "</ItemDef>"),
      says: "a number of 30 digits", isRefused: false),
  ]

  static let tables: [BrokenFile] = [
    BrokenFile("no data dictionary", "a,b,c\n1,2,3\n", says: "not a data dictionary"),
    BrokenFile("columns alone", String(head.split(separator: "\n")[0]), says: "no variable"),
    BrokenFile("a byte of zero in a table", Array(head.utf8) + [0], says: "no text"),
    BrokenFile("UTF-16", [0xFF, 0xFE, 0x56, 0x00], says: "UTF-16"),
    BrokenFile(
      "a quotation mark without end", head + "x,one,,text,\"Label\n", says: "never closed"),
    BrokenFile(
      "a byte order mark", [0xEF, 0xBB, 0xBF] + Array((head + "x,one,,text,X,,,,,,,,\n").utf8),
      says: "name of the record", isRefused: false),
    BrokenFile(
      "a short row", head + "x,one,,text,X\n", says: "5 cells for 13", isRefused: false),
    BrokenFile(
      "a long row", head + "x,one,,text,X,,,,,,,,,y,z\n", says: "15 cells for 13",
      isRefused: false),
    BrokenFile(
      "letters of western Windows",
      Array(head.utf8) + Array("x,one,,text,Caf".utf8) + [0xE9] + Array(",,,,,,,,\n".utf8),
      says: "Windows-1252", isRefused: false),
    BrokenFile(
      "semicolons",
      head.replacing(",", with: ";").replacing("Choices;", with: "Choices,")
        .replacing("Calculations;", with: "Calculations,") + "x;one;;text;X;;;;;;;;\n",
      says: "name of the record", isRefused: false),
    BrokenFile(
      "a variable twice", head + "x,one,,text,X,,,,,,,,\nx,one,,text,X,,,,,,,,\n",
      says: "named before", isRefused: false),
    BrokenFile(
      "a row without a name", head + ",one,,text,X,,,,,,,,\nx,one,,text,X,,,,,,,,\n",
      says: "names no variable", isRefused: false),
    BrokenFile(
      "a choice without choices", head + "x,one,,radio,X,,,,,,,,\n",
      says: "without a single answer", isRefused: false),
    BrokenFile(
      "a type REDCap has not", head + "x,one,,wheel,X,,,,,,,,\n", says: "type “wheel”",
      isRefused: false),
    BrokenFile(
      "branching that does not parse", head + "x,one,,text,X,,,,,,,[id = ,\n",
      says: "not closed", isRefused: false),
    BrokenFile(
      "branching on nobody", head + "x,one,,text,X,,,,,,,[other] = '1',\n",
      says: "no field “other”", isRefused: false),
    BrokenFile(
      "the clock in a formula",
      head + "d,one,,text,D,,,date_ymd,,,,,\nx,one,,calc,X,\"datediff([d],'today','y')\",,,,,,,\n",
      says: "the clock", isRefused: false),
    BrokenFile(
      "two formulas in a circle",
      head + "x,one,,calc,X,[y]+1,,,,,,,\ny,one,,calc,Y,[x]+1,,,,,,,\n",
      says: "in a circle", isRefused: false),
    BrokenFile(
      "powers of powers",
      head + "n,one,,text,N,,,integer,,,,,\nx,one,,calc,X,"
        + String(repeating: "(", count: 25) + "[n]" + String(repeating: ")^6", count: 25)
        + ",,,,,,,\n",
      says: "too long", isRefused: false),
    BrokenFile(
      "bounds that are no numbers", head + "x,one,,text,X,,,integer,low,9,,,\n",
      says: "bound “low”", isRefused: false),
    BrokenFile(
      "a choice that says why there is no answer",
      head + "x,one,,radio,X,\"UK, Unknown | Y, Yes\",,,,,,,\n",
      says: "x: its code “UK” is “UK_”", isRefused: false),
    BrokenFile(
      "a label with a character nobody sees", head + "x,one,,text,X\u{200B}Y,,,,,,,,\n",
      says: "characters nobody sees, such as U+200B", isRefused: false),
    BrokenFile(
      "a note without a length", head + "x,one,,notes,X,,,,,,,,\n",
      says: "x: of a length the file does not say: now 5000 characters at most", isRefused: false),
  ]
}

@Suite struct BrokenFileTests {
  @Test(arguments: BrokenFile.all)
  func `a broken file is refused or repaired, with a sentence`(_ file: BrokenFile) throws {
    do throws(ExchangeRefusal) {
      let draft = try StudyImport(file.bytes, name: "broken")
      #expect(!file.isRefused, "it was read")
      let remarks = draft.report.repaired + draft.report.leftOut
      #expect(remarks.contains { $0.description.contains(file.says) }, "\(remarks)")
      #expect(draft.report.faults.isEmpty, "\(draft.report.faults)")
    } catch {
      #expect(file.isRefused, "\(error)")
      #expect(error.sentence.contains(file.says), "\(error)")
      #expect(error.sentence.hasSuffix("."))
    }
  }

  @Test func `there are more than twenty-five kinds of broken files`() {
    #expect(BrokenFile.all.count >= 60)
    #expect(Set(BrokenFile.all.map(\.name)).count == BrokenFile.all.count)
  }
}
