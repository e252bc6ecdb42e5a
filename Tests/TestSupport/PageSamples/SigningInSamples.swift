import Pages
import Pictures

extension Samples {
  var signingIn: [(name: String, page: any PageModel)] {
    [
      (name: "invitation", page: invitation), (name: "recovery-codes", page: recoveryCodes),
      (name: "own-account", page: ownAccount),
      (name: "sections", page: sections),
      (name: "sign-in", page: signIn), (name: "sign-in-refused", page: signInRefused),
      (name: "one-time-code", page: oneTimeCode),
      (name: "provider-departure", page: providerDeparture),
      (name: "provider-return", page: providerReturn),
      (name: "training-sign-ins", page: trainingSignIns),
    ] + errors
  }

  private var invitation: InvitationModel {
    InvitationModel(
      frame: plain(), form: form("/invitation/0f"),
      title: t("New password and device"),
      facts: [
        Fact(name: t("Name"), value: t("N. Newcomer")),
        Fact(name: t("User name"), value: t("n.newcomer"), isCode: true),
      ], picture: QRCode("otpauth://totp/Equipoise:n.newcomer?secret=ABCDEFGH"),
      secret: t("ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567"), asksSpokenCode: true)
  }

  private var recoveryCodes: RecoveryCodesModel {
    RecoveryCodesModel(
      frame: plain(),
      codes: [t("ABCD-EFGH-JKLM-NPQR-STUV-WXYZ"), t("STUV-WXYZ-2345-6789-ABCD-EFGH")],
      next: Link(text: t("Sign in"), href: t("/sign-in")))
  }

  private var sections: SectionListModel {
    SectionListModel(
      frame: coordinator(0),
      rows: [
        SectionRow(
          link: Link(text: t("Consent again"), href: t("/reconsent")),
          purpose: t("Consents asked for after an amendment.")),
        SectionRow(
          link: Link(text: t("Audit trail"), href: t("/audit")),
          purpose: t("Who changed what, when and why.")),
      ])
  }

  private var ownAccount: OwnAccountModel {
    OwnAccountModel(
      frame: coordinator(0), facts: [Fact(name: t("Recovery codes left"), value: t("9"))],
      sessions: [
        OwnSessionRow(words: t("Since 08:41, last used 10:42"), isThis: true),
        OwnSessionRow(words: t("Since 08:30, last used 08:35"), isThis: false),
      ], passwordForm: form("/account/password"),
      codesForm: ActForm(
        form: form("/account/recovery-codes"), button: t("Make new recovery codes"),
        whatHappens: [t("Ten new codes are shown once.")],
        cannotBeUndone: t("The codes you have now stop working."), authentication: .password,
        title: t("Recovery codes")),
      lettersForm: ActForm(
        form: form("/account/letters"), button: t("Save the address"),
        whatHappens: [t("A letter says that something waits, and nothing else.")],
        fields: [
          EntryField(
            name: t("address"), label: t("Address for letters"),
            control: .text(text: t("m.coordinator@example.org"), maximum: 254), isOptional: true)
        ], authentication: .notNeeded, title: t("Letters")),
      zoneForm: ActForm(
        form: form("/account/zone"), button: t("Save the time zone"),
        whatHappens: [t("A rater reads the times of ratings in it.")],
        fields: [
          EntryField(
            name: t("zone"), label: t("Your time zone"),
            control: .text(text: t("Europe/Madrid"), maximum: 60), isOptional: true)
        ], authentication: .notNeeded, title: t("Time zone")),
      passkeys: [
        OwnPasskeyRow(
          name: t("Key on my ring"), words: t("Added 14 Sep 2027, never used"),
          open: Link(
            text: t("Rename or remove"), href: t("/account/passkeys/1"),
            context: t("Key on my ring")))
      ], newPasskey: Link(text: t("Add a passkey"), href: t("/account/passkeys/new")),
      provider: ProviderLinkRow(
        name: t("Lindenhof"), words: t("Linked 14 Sep 2027, 10:42 (Berlin), not used yet."),
        open: Link(text: t("Remove the link"), href: t("/account/provider"))),
      notice: t("This role is worked in with a passkey. Add one here."),
      signOut: form("/sign-out"),
      endForm: ActForm(
        form: form("/account/sessions/end"), button: t("End the session"),
        whatHappens: [t("Whoever uses it is signed out with the next request.")],
        fields: [
          EntryField(
            name: t("session"), label: t("Which one"),
            control: .code(
              choices: [Choice(code: t("4f1a"), label: t("Since 08:30, last used 08:35"))],
              selected: "")),
          EntryField(name: t("proof"), label: t("Your password"), control: .password),
        ], authentication: .notNeeded, title: t("End another session")))
  }

  private var signIn: SignInModel {
    SignInModel(
      frame: plain(), form: form("/sign-in"),
      contact: t(
        "Call the study office of your site, 000 000 0100, Monday to Friday, 8:00 to 18:00."),
      training: Link(text: t("Training sign-ins"), href: t("/training")),
      provider: ProviderOffer(name: t("Lindenhof"), form: form("/sign-in/provider")))
  }

  private var providerDeparture: ProviderDepartureModel {
    ProviderDepartureModel(
      frame: plain(), back: Link(text: t("Back to the sign-in page"), href: t("/sign-in")),
      name: t("Lindenhof"), origin: t("https://login.lindenhof.example"),
      address: t("https://login.lindenhof.example/authorize?state=a"))
  }

  private var providerReturn: ProviderReturnModel {
    ProviderReturnModel(
      frame: plain(), name: t("Lindenhof"), form: form("/sign-in/provider/finish"),
      answer: [
        ProviderAnswerPart(name: t("state"), value: t("sign-in.a")),
        ProviderAnswerPart(name: t("answer"), value: t("b")),
      ])
  }

  private var signInRefused: SignInModel {
    var model = signIn
    model.userName = t("m.coordinator")
    model.faults = [
      Fault(field: t("user"), sentence: t("Name and password do not belong together. Try again."))
    ]
    return model
  }

  private var oneTimeCode: OneTimeCodeModel {
    OneTimeCodeModel(
      frame: plain(), form: form("/sign-in/code"),
      back: Link(text: t("Sign in"), href: t("/sign-in")),
      trainingCode: t("482 913"),
      contact: t("Use one of your ten recovery codes, or call the study office of your site."),
      passkey: ActForm(
        form: form("/sign-in/passkey"), button: t("Use a passkey"),
        whatHappens: [t("Your browser asks the device or security key that keeps it.")],
        authentication: .notNeeded, title: t("Passkey"),
        passkey: .signIn))
  }

  private var trainingSignIns: TrainingSignInsModel {
    TrainingSignInsModel(
      frame: plain(), password: t("lindenhof-river-stone-27"),
      people: [
        TrainingPerson(
          user: t("m.coordinator"), role: t("coordinator"), place: t("Site 104 Lindenhof"),
          tries: t("consent, baseline, randomize"),
          signIn: Link(
            text: t("Sign in"), href: t("/sign-in?user=m.coordinator"), context: t("coordinator"))),
        TrainingPerson(
          user: t("t.treatment"), role: t("treatment coordinator"), place: t("Site 104 Lindenhof"),
          tries: t("read an allocation"),
          signIn: Link(
            text: t("Sign in"), href: t("/sign-in?user=t.treatment"),
            context: t("treatment coordinator"))),
        TrainingPerson(
          user: t("l.rater"), role: t("rater"), place: t("central ratings"),
          tries: t("rate by token"),
          signIn: Link(text: t("Sign in"), href: t("/sign-in?user=l.rater"), context: t("rater"))),
      ])
  }

  private var errors: [(name: String, page: any PageModel)] {
    let kinds: [(name: String, kind: ErrorKind)] = [
      (name: "error-400", kind: .badRequest), (name: "error-404", kind: .notFound),
      (name: "error-412", kind: .conflict), (name: "error-409", kind: .notNow),
      (name: "error-422", kind: .unprocessable), (name: "error-500-read", kind: .readingFailure),
      (name: "error-429", kind: .tooManyRequests), (name: "error-500", kind: .failure),
      (name: "error-503", kind: .unavailable),
    ]
    return kinds.map { name, kind in
      (
        name: name,
        page: ErrorModel(
          frame: coordinator(0), kind: kind,
          details: kind == .conflict ? [t("V. Other saved version 4 at 10:41.")] : [],
          number: t("9f02c4417ab38de6"),
          links: [Link(text: t("Today"), href: t("/kap-ect/today"))])
      )
    }
  }
}
