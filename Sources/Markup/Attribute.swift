/// One attribute of an element, from a closed list.
///
/// There is no attribute for styles or for script handlers, so that neither can be written.
public struct Attribute: Sendable, Equatable {
  enum Value: Sendable, Equatable {
    case flag
    case text(String)
    case address(String)
  }

  let name: String
  let value: Value

  private init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  /// The classes of the style sheet, divided by blanks.
  public static func `class`(_ text: String) -> Attribute {
    Attribute("class", .text(text))
  }

  /// The name of the element, once in a page.
  public static func id(_ text: String) -> Attribute {
    Attribute("id", .text(text))
  }

  /// The language of the text inside.
  public static func lang(_ text: String) -> Attribute {
    Attribute("lang", .text(text))
  }

  /// Where a link leads.
  public static func href(_ address: String) -> Attribute {
    Attribute("href", .address(address))
  }

  /// The link opens beside the page it stands on.
  public static var besideThisPage: Attribute { Attribute("target", .text("_blank")) }

  /// Whoever is opened learns nothing of the page it was opened from.
  public static var tellingNothing: Attribute { Attribute("rel", .text("noopener noreferrer")) }

  /// Where a script of ours is read from.
  public static func source(_ address: String) -> Attribute {
    Attribute("src", .address(address))
  }

  /// Where a form is sent.
  public static func action(_ address: String) -> Attribute {
    Attribute("action", .address(address))
  }

  /// The link is kept as a file under the name the server gives it.
  public static var download: Attribute { Attribute("download", .flag) }

  /// The control a label belongs to.
  public static func `for`(_ text: String) -> Attribute {
    Attribute("for", .text(text))
  }

  /// The kind of a control.
  public static func type(_ type: InputType) -> Attribute {
    Attribute("type", .text(type.rawValue))
  }

  /// The name under which a control is sent.
  public static func name(_ text: String) -> Attribute {
    Attribute("name", .text(text))
  }

  /// The value a control is sent with.
  public static func value(_ text: String) -> Attribute {
    Attribute("value", .text(text))
  }

  /// The content of a statement about the document.
  public static func content(_ text: String) -> Attribute {
    Attribute("content", .text(text))
  }

  /// The character set of the document.
  public static func charset(_ text: String) -> Attribute {
    Attribute("charset", .text(text))
  }

  /// The choice is taken.
  public static var checked: Attribute { Attribute("checked", .flag) }

  /// The option is taken.
  public static var selected: Attribute { Attribute("selected", .flag) }

  /// The control cannot be used.
  public static var disabled: Attribute { Attribute("disabled", .flag) }

  /// The control shows its value and takes no other.
  public static var readOnly: Attribute { Attribute("readonly", .flag) }

  /// The details are unfolded.
  public static var open: Attribute { Attribute("open", .flag) }

  /// Several options may be taken.
  public static var multiple: Attribute { Attribute("multiple", .flag) }

  /// The endings and types of files that are offered first.
  public static func accepts(_ text: String) -> Attribute { Attribute("accept", .text(text)) }

  /// The form sends files as they are.
  public static var sendsFiles: Attribute { Attribute("enctype", .text("multipart/form-data")) }

  /// The server, not the browser, names the faults.
  public static var noValidate: Attribute { Attribute("novalidate", .flag) }

  /// The script runs after the page was read.
  public static var `defer`: Attribute { Attribute("defer", .flag) }

  /// What the element is to assistive technology.
  public static func role(_ text: String) -> Attribute {
    Attribute("role", .text(text))
  }

  /// The accessible name where no visible text gives it.
  public static func label(_ text: String) -> Attribute {
    Attribute("aria-label", .text(text))
  }

  /// The elements that give the accessible name.
  public static func labelledBy(_ text: String) -> Attribute {
    Attribute("aria-labelledby", .text(text))
  }

  /// The elements that give hint, range and fault.
  public static func describedBy(_ text: String) -> Attribute {
    Attribute("aria-describedby", .text(text))
  }

  /// This is the present one of a row of links.
  public static func current(_ text: String) -> Attribute {
    Attribute("aria-current", .text(text))
  }

  /// The direction in which a column is sorted.
  public static func sort(_ text: String) -> Attribute {
    Attribute("aria-sort", .text(text))
  }

  /// The sign repeats the word beside it and is not read out.
  public static var hiddenFromSpeech: Attribute { Attribute("aria-hidden", .text("true")) }

  /// The value of the control has a fault.
  public static var invalid: Attribute { Attribute("aria-invalid", .text("true")) }

  /// Whether a table head belongs to a row or a column.
  public static func scope(_ text: String) -> Attribute {
    Attribute("scope", .text(text))
  }

  /// The keyboard a phone shows.
  public static func inputMode(_ text: String) -> Attribute {
    Attribute("inputmode", .text(text))
  }

  /// What a password manager may fill in.
  public static func autocomplete(_ text: String) -> Attribute {
    Attribute("autocomplete", .text(text))
  }

  /// Whether the browser checks the spelling.
  public static func spellcheck(_ text: String) -> Attribute {
    Attribute("spellcheck", .text(text))
  }

  /// The word on the enter key of a phone.
  public static func enterKeyHint(_ text: String) -> Attribute {
    Attribute("enterkeyhint", .text(text))
  }

  /// How a form is sent.
  public static func method(_ text: String) -> Attribute {
    Attribute("method", .text(text))
  }

  /// The machine form of a time.
  public static func dateTime(_ text: String) -> Attribute {
    Attribute("datetime", .text(text))
  }

  /// The relation of a linked file.
  public static func rel(_ text: String) -> Attribute {
    Attribute("rel", .text(text))
  }

  /// The media a linked file is for.
  public static func media(_ text: String) -> Attribute {
    Attribute("media", .text(text))
  }

  /// A longer form of a short text.
  public static func title(_ text: String) -> Attribute {
    Attribute("title", .text(text))
  }

  /// Whether the element can be focused.
  public static func tabIndex(_ number: Int) -> Attribute {
    Attribute("tabindex", .text(String(number)))
  }

  /// The width of a box in characters.
  public static func size(_ number: Int) -> Attribute {
    Attribute("size", .text(String(number)))
  }

  /// The most characters a box takes.
  public static func maxLength(_ number: Int) -> Attribute {
    Attribute("maxlength", .text(String(number)))
  }

  /// The height of a text box in lines.
  public static func rowCount(_ number: Int) -> Attribute {
    Attribute("rows", .text(String(number)))
  }

  /// How many columns a cell covers.
  public static func columnSpan(_ number: Int) -> Attribute {
    Attribute("colspan", .text(String(number)))
  }

  /// The end of a progress bar.
  public static func maximum(_ number: Int) -> Attribute {
    Attribute("max", .text(String(number)))
  }

  /// The state of a progress bar.
  public static func amount(_ number: Int) -> Attribute {
    Attribute("value", .text(String(number)))
  }

  /// The part a script of ours finds its element by.
  public static func data(_ text: String) -> Attribute {
    Attribute("data-part", .text(text))
  }

  /// The head of a cell, shown where the table becomes cards.
  public static func cellHead(_ text: String) -> Attribute {
    Attribute("data-head", .text(text))
  }

  /// The coordinates of a picture.
  public static func viewBox(_ text: String) -> Attribute {
    Attribute("viewBox", .text(text))
  }

  /// The namespace of a picture kept as a file.
  public static func namespace(_ text: String) -> Attribute {
    Attribute("xmlns", .text(text))
  }

  /// The corners of a line or an area.
  public static func points(_ text: String) -> Attribute {
    Attribute("points", .text(text))
  }

  /// Which end of a text lies at its point.
  public static func anchor(_ text: String) -> Attribute {
    Attribute("text-anchor", .text(text))
  }

  /// The dashes of a line.
  public static func dash(_ text: String) -> Attribute {
    Attribute("stroke-dasharray", .text(text))
  }

  /// The colour of an area in a picture kept as a file.
  public static func fill(_ text: String) -> Attribute {
    Attribute("fill", .text(text))
  }

  /// The colour of a line in a picture kept as a file.
  public static func stroke(_ text: String) -> Attribute {
    Attribute("stroke", .text(text))
  }

  /// The type face in a picture kept as a file.
  public static func fontFamily(_ text: String) -> Attribute {
    Attribute("font-family", .text(text))
  }

  /// The weight of a text.
  public static func weight(_ number: Int) -> Attribute {
    Attribute("font-weight", .text(String(number)))
  }

  /// The size of a text.
  public static func fontSize(_ number: Int) -> Attribute {
    Attribute("font-size", .text(String(number)))
  }

  /// The left edge.
  public static func x(_ length: Double) -> Attribute {
    Attribute("x", .text(Decimal1.text(length)))
  }

  /// The upper edge.
  public static func y(_ length: Double) -> Attribute {
    Attribute("y", .text(Decimal1.text(length)))
  }

  /// The start of a line.
  public static func x1(_ length: Double) -> Attribute {
    Attribute("x1", .text(Decimal1.text(length)))
  }

  /// The start of a line.
  public static func y1(_ length: Double) -> Attribute {
    Attribute("y1", .text(Decimal1.text(length)))
  }

  /// The end of a line.
  public static func x2(_ length: Double) -> Attribute {
    Attribute("x2", .text(Decimal1.text(length)))
  }

  /// The end of a line.
  public static func y2(_ length: Double) -> Attribute {
    Attribute("y2", .text(Decimal1.text(length)))
  }

  /// The centre of a circle.
  public static func cx(_ length: Double) -> Attribute {
    Attribute("cx", .text(Decimal1.text(length)))
  }

  /// The centre of a circle.
  public static func cy(_ length: Double) -> Attribute {
    Attribute("cy", .text(Decimal1.text(length)))
  }

  /// The radius of a circle.
  public static func r(_ length: Double) -> Attribute {
    Attribute("r", .text(Decimal1.text(length)))
  }

  /// The radius of a corner.
  public static func rx(_ length: Double) -> Attribute {
    Attribute("rx", .text(Decimal1.text(length)))
  }

  /// The width.
  public static func width(_ length: Double) -> Attribute {
    Attribute("width", .text(Decimal1.text(length)))
  }

  /// The height.
  public static func height(_ length: Double) -> Attribute {
    Attribute("height", .text(Decimal1.text(length)))
  }

  /// The width of a line.
  public static func strokeWidth(_ length: Double) -> Attribute {
    Attribute("stroke-width", .text(Decimal1.text(length)))
  }
}

/// The kinds of controls that pages use.
public enum InputType: String, Sendable, Equatable {
  case text, password, hidden, radio, checkbox, search, submit, file, button
}
