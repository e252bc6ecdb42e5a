import Conduct
import Pages
import Store
import StudyModel

/// The periodic review of accounts and roles, who may know arms, and the certification of signatures.
enum AccessReviewRoutes {
  private static let office = Access.anyOf([.manageAccounts])

  static let all: [Route] = [
    .page("/accounts/review", office, "The review of accounts and roles that is due.") { call in
      .page(try await AccessReviewPages.review(call).page())
    },
    .act("/accounts/review", office, "Signs the review and carries its decisions out.") { call in
      try await AccessReviewPages.sign(call)
    },
    .page("/accounts/reviews", office, "Signed reviews of accounts and roles.") { call in
      .page(try await AccessReviewPages.reviews(call).page())
    },
    .page("/accounts/unblinded", office, "Who holds or held a role that knows arms.") { call in
      .page(try await AccessReviewPages.unblinded(call).page())
    },
    .page("/accounts/events", office, "What happened to accounts and at sign-ins.") { call in
      .page(try await AccountEventPages.list(call).page())
    },
    .api("GET", "/accounts/events", office, "Events of accounts, 200 at most, before a number.") {
      call in
      try .json(
        try await call.installation.accountEvents(
          before: AccountEventPages.before(call), as: try call.actor
        ).map(AccountEventBody.init))
    },
    .page("/accounts/certification", office, "Certifications of electronic signatures.") { call in
      .page(try await AccessReviewPages.certification(call).page())
    },
    .act("/accounts/certification", office, "Records a certification.") { call in
      try await AccessReviewPages.certify(call)
    },
    .api(
      "GET", "/accounts/reviews", office,
      "Roles in force, the day by which their review is due, and signed reviews."
    ) { call in
      let actor = try call.actor
      let desk = try await call.installation.accessReviewDesk(as: actor)
      let reviews = try await call.installation.accessReviews(as: actor)
      return try .json(AccessReviewsBody(desk, reviews))
    },
    .api(
      "POST", "/accounts/reviews", office,
      "Signs a review: keep, end or recall for each user/role/site but one's own.",
      body: [.text("next"), .required("decisions", .object)] + .proofs
    ) { call in
      let body = JSONBody(call.json)
      let decisions = (body?.object("decisions") ?? [:]).compactMapValues { $0 as? String }
      let next = try AccessReviewPages.day(body?["next"] ?? "", field: "next")
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: { installation in
        let desk = try await installation.accessReviewDesk(as: try call.actor)
        return try await installation.signAccessReview(
          try AccessReviewPages.decided(decisions, desk.roles), next: next,
          as: try await call.freshActor())
      }
    },
    .api("GET", "/accounts/unblinded", office, "Who holds or held a role that knows arms.") {
      call in
      try .json(
        try await call.installation.unblindedRoles(as: try call.actor).map(UnblindedBody.init))
    },
    .api("GET", "/certifications", .signedIn, "Certifications of electronic signatures.") {
      call in
      try .json(
        try await call.installation.certifications(as: try call.actor)
          .map(CertificationBody.init))
    },
    .api(
      "POST", "/certifications", office, "Records a certification of electronic signatures.",
      body: [
        .text("organization"), .text("authority"), .text("sent_on"), .text("reference"),
        .optional("password"),
      ]
    ) { call in
      let body = JSONBody(call.json)
      let day = try AccessReviewPages.day(body?["sent_on"] ?? "", field: "sent_on")
      return try await call.once { (number: Int) in
        try .json(["number": number], status: 201)
      } _: {
        try await $0.recordCertification(
          organization: body?["organization"] ?? "", authority: body?["authority"] ?? "",
          sentOn: day, reference: body?["reference"] ?? "", as: try await call.freshActor())
      }
    },
  ]
}

struct AccessReviewsBody: Codable {
  struct Role: Codable {
    let user: String
    let name: String
    let role: String
    let site: String
    let since: String
    let trainedUntil: String?
    let lastSignIn: String?
    let passwordSince: String?
    let isEnabled: Bool
    let isOwn: Bool
  }

  struct Review: Codable {
    let number: Int
    let name: String
    let role: String
    let meaning: String
    let at: String
    let next: String
    let roles: Int
    let ended: Int
    let recalled: Int
    let digest: String
  }

  let due: String?
  let isOverdue: Bool
  let roles: [Role]
  let reviews: [Review]

  init(_ desk: AccessReviewDesk, _ reviews: [AccessReview]) {
    due = desk.dueOn?.description
    isOverdue = desk.isOverdue
    roles = desk.roles.map { line in
      Role(
        user: line.username, name: line.fullName, role: line.role, site: line.site,
        since: line.since.description, trainedUntil: line.trainedUntil?.description,
        lastSignIn: line.lastSignIn?.description, passwordSince: line.passwordSince?.description,
        isEnabled: line.isEnabled, isOwn: line.isOwn)
    }
    self.reviews = reviews.map { review in
      Review(
        number: review.number, name: review.name, role: review.role, meaning: review.meaning,
        at: review.at.description, next: review.nextOn.description, roles: review.roles,
        ended: review.ended, recalled: review.recalled, digest: Hex.text(review.digest))
    }
  }
}

struct UnblindedBody: Codable {
  let user: String
  let name: String
  let role: String
  let site: String
  let reason: String
  let isAcrossSites: Bool
  let from: String
  let until: String?

  init(_ held: UnblindedRole) {
    user = held.period.username
    name = held.period.fullName
    role = held.period.role
    site = held.period.site
    reason = held.reason
    isAcrossSites = held.isAcrossSites
    from = held.period.began.description
    until = held.period.ended?.description
  }
}

struct CertificationBody: Codable {
  let organization: String
  let authority: String
  let sentOn: String
  let reference: String
  let recordedBy: String
  let recordedAt: String

  init(_ certification: Certification) {
    organization = certification.organization
    authority = certification.authority
    sentOn = certification.sentOn.description
    reference = certification.reference
    recordedBy = certification.recordedBy
    recordedAt = certification.recordedAt.description
  }
}
