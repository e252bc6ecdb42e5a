import Conduct
import StudyModel

/// A form about a site with how much was entered there.
struct SiteFormBody: Codable {
  let site: String
  let form: String
  let title: String
  let entries: Int
  let savedAt: String?

  init(_ state: SiteFormState) {
    site = state.site.text
    form = state.form.id.text
    title = state.form.title
    entries = state.entries
    savedAt = state.savedAt?.description
  }
}

/// The kits of a site by where they are.
struct StockBody: Codable {
  let received: Int
  let usable: Int
  let expiringSoon: Int
  let expired: Int
  let dispensed: Int
  let returned: Int
  let destroyed: Int

  init(_ stock: SiteStock) {
    received = stock.received
    usable = stock.usable
    expiringSoon = stock.expiringSoon
    expired = stock.expired
    dispensed = stock.dispensed
    returned = stock.returned
    destroyed = stock.destroyed
  }
}
