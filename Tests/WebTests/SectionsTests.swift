import Conduct
import Pages
import StudyModel
import Testing

@testable import Web

struct SectionsTests {
  @Test func `the bar of no role holds more than six sections, and each is one link away`() throws {
    let roles = try AccessTableTests.definition().roles
    #expect(roles.count > 20)
    for role in roles {
      let all = Sections.all(of: role)
      for section in all {
        let bar = Sections.bar(of: role, path: section.href)
        #expect(bar.count <= Sections.most, "\(role.id)")
        let current = bar.filter(\.isCurrent).map(\.href)
        #expect(current == [section.href], "\(role.id) at \(section.href)")
        #expect(all.count <= Sections.most || bar.last?.href == "/sections", "\(role.id)")
      }
    }
  }

  @Test func `every section of a role leads where the role may go`() throws {
    for role in try AccessTableTests.definition().roles {
      // A study may let any role read forms about sites, whatever else the role may do.
      for section in Sections.all(of: role, siteForms: .reads) {
        let route = RouteTable.all.first {
          $0.method == "GET" && $0.surface == .page && $0.pattern == section.href
        }
        #expect(route?.access.admits(role) == true, "\(role.id) at \(section.href)")
      }
    }
  }
}
