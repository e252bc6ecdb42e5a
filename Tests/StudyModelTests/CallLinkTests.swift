import StudyModel
import Testing

/// Where a call is joined, as a rater may read it.
@Suite struct CallLinkTests {
  private static func fault(_ text: String) throws -> String? {
    let sites = try [("101", "London"), ("103", "Klinik am Ort")].map { key, title in
      SiteDefinition(
        key: try SiteKey(parsing: key), title: title, country: "GB", timeZone: "Europe/London",
        emergencyContact: "a telephone")
    }
    let participant = try ParticipantKey(parsing: "101-0042")
    let visit = try VisitCode(parsing: "EOT")
    do throws(ParseFault) {
      let link = try CallLink(parsing: text, hiding: participant, sites, visit)
      #expect(link.text == text)
      return nil
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    "https://meet.example/abc-defg-hij", "https://call.example:8443/j/98765432101?pwd=aB%2Bc#now",
    "https://meet.example", "https://meet.example/ort-am", "https://a.b.example/EOTX/1010/x?k=1103",
  ])
  func `an address of a meeting that tells nothing is taken`(_ text: String) throws {
    #expect(try Self.fault(text) == nil)
  }

  @Test(arguments: [
    "", "meet.example/x", "http://meet.example/x", "HTTPS://meet.example/x", "https:///x",
    "https://user@meet.example/x", "https://user:pw@meet.example/x", "javascript:alert(1)",
    "https://meet.example/a b", "https://meet.example/\"x", "https://meet.example/<x>",
    "https://meet.example/\u{202E}x", "https://meet.example/é", "https://meet.example\\@x/",
    "https://-x/", "https://meet.example/" + String(repeating: "a", count: 480),
  ])
  func `what is no such address is refused`(_ text: String) throws {
    #expect(try Self.fault(text)?.hasPrefix("The link is an address") == true, "\(text)")
  }

  @Test(arguments: [
    "https://meet.example/101-0042", "https://meet.example/x?p=101-0042",
    "https://meet.example/1010042", "https://meet.example/101_0042", "https://meet.example/101/x",
    "https://meet.example/x?site=101", "https://meet.example/103/x", "https://103.meet.example/x",
    "https://meet.example/x#101", "https://meet.example/%31%30%31/x",
    "https://meet.example/%2531%2530%2531/x", "https://meet.example/eot",
    "https://meet.example/x-EOT", "https://london.meet.example/x",
    "https://meet.example/LondonCentre", "https://meet.example/j?room=klinik",
  ])
  func `an address that names participant, site or visit is refused, however it is written`(
    _ text: String
  ) throws {
    #expect(try Self.fault(text)?.hasPrefix("The link names") == true, "\(text)")
  }
}
