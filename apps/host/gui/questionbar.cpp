// SPDX-License-Identifier: MIT
#include "gui/questionbar.h"

#include "gui/glyphicon.h"
#include "gui/inputguard.h"
#include "gui/trusttext.h"

#include <QBoxLayout>
#include <QEvent>
#include <QFontDatabase>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

namespace patchbay::gui {

namespace {

constexpr qreal kCodeSize = 2.6;
constexpr int kIconSize = 32;

QString inGroups(const QString &code)
{
    return code.left(3) + QLatin1Char(' ') + code.mid(3);
}

} // namespace

QuestionBar::QuestionBar(hub::Host &host, QWidget *window)
    : QFrame(window), m_host(host), m_icon(new QLabel(this)), m_title(new QLabel(this)), m_text(new QLabel(this)),
      m_code(new QLabel(this)), m_from(new QLabel(this)), m_showKey(new QPushButton(tr("Show key"), this)),
      m_key(new QLineEdit(this)), m_more(new QLabel(this)), m_yes(new QPushButton(this)), m_no(new QPushButton(this)),
      m_guard(new InputGuard({m_yes, m_no}, window))
{
    setObjectName(QStringLiteral("questionBar"));
    setAccessibleName(tr("Question"));
    setFrameShape(QFrame::Box);
    setLineWidth(2);
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);
    m_title->setObjectName(QStringLiteral("questionTitle"));
    m_text->setObjectName(QStringLiteral("questionText"));
    m_code->setObjectName(QStringLiteral("questionCode"));
    m_from->setObjectName(QStringLiteral("questionFrom"));
    m_more->setObjectName(QStringLiteral("questionMore"));
    for (QLabel *label : {m_title, m_text, m_code, m_from, m_more}) {
        label->setTextFormat(Qt::PlainText);
        label->setForegroundRole(QPalette::Text);
    }
    m_title->setWordWrap(true);
    m_text->setWordWrap(true);
    m_from->setWordWrap(true);
    QFont font = m_title->font();
    font.setBold(true);
    m_title->setFont(font);
    QFont digits = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    digits.setBold(true);
    if (font.pointSizeF() > 0)
        digits.setPointSizeF(font.pointSizeF() * kCodeSize);
    m_code->setFont(digits);
    m_code->setAccessibleName(tr("Six digits to compare"));
    m_showKey->setObjectName(QStringLiteral("questionShowKey"));
    m_showKey->setAccessibleName(tr("Show the whole key"));
    m_showKey->setCheckable(true);
    m_showKey->setAutoDefault(false);
    m_key->setObjectName(QStringLiteral("questionKey"));
    m_key->setAccessibleName(tr("The whole key"));
    m_key->setReadOnly(true);
    m_yes->setObjectName(QStringLiteral("questionYes"));
    m_no->setObjectName(QStringLiteral("questionNo"));
    m_yes->setAccessibleName(tr("Yes"));
    m_no->setAccessibleName(tr("No"));
    arrange();
    hide();

    connect(m_showKey, &QPushButton::toggled, m_key, &QWidget::setVisible);
    connect(m_yes, &QPushButton::clicked, this, [this] { answer(true); });
    connect(m_no, &QPushButton::clicked, this, [this] { answer(false); });
    connect(&m_host, &hub::Host::questionsChanged, this, &QuestionBar::refresh);
    refresh();
}

void QuestionBar::arrange()
{
    auto *from = new QHBoxLayout;
    from->addWidget(m_from, 1);
    from->addWidget(m_showKey);
    auto *words = new QVBoxLayout;
    words->setSpacing(6);
    words->addWidget(m_title);
    words->addWidget(m_text);
    words->addLayout(from);
    words->addWidget(m_key);
    for (QPushButton *button : {m_no, m_yes}) { // big enough not to miss
        button->setMinimumHeight(fontMetrics().lineSpacing() * 2);
        button->setMinimumWidth(fontMetrics().averageCharWidth() * 20);
    }
    auto *buttons = new QVBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_more, 0, Qt::AlignRight);
    buttons->addWidget(m_no);
    buttons->addWidget(m_yes);
    buttons->addStretch(1);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(14, 10, 14, 10);
    row->setSpacing(16);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    row->addWidget(m_code, 0, Qt::AlignCenter);
    row->addLayout(buttons);
    setTabOrder(m_no, m_yes);
    setTabOrder(m_yes, m_showKey);
    setTabOrder(m_showKey, m_key);
}

void QuestionBar::focusAnswer()
{
    if (!isVisible())
        return;
    if (m_no->isEnabled())
        m_no->setFocus(Qt::ShortcutFocusReason);
    else
        connect(
            m_guard, &InputGuard::released, m_no, [this] { m_no->setFocus(Qt::ShortcutFocusReason); },
            Qt::SingleShotConnection);
}

void QuestionBar::refresh()
{
    const QList<hub::Question> questions = m_host.questions();
    if (questions.isEmpty()) {
        m_shown = 0;
        return hide();
    }
    // The one that is shown stays, so that nothing is exchanged under somebody's mouse.
    const auto shown = std::find_if(questions.cbegin(), questions.cend(),
                                    [this](const hub::Question &question) { return question.id == m_shown; });
    show(shown != questions.cend() ? *shown : questions.first(), questions.size() - 1);
}

void QuestionBar::show(const hub::Question &question, qsizetype others)
{
    m_more->setVisible(others > 0);
    m_more->setText(tr("%n more waiting", nullptr, int(others)));
    const bool isNew = m_shown != question.id;
    if (!isNew && m_wasAnswered == question.answered)
        return;
    m_shown = question.id;
    m_wasAnswered = question.answered;
    m_yes->setVisible(!question.answered);
    m_code->setVisible(question.kind == hub::Question::Kind::Pairing && !question.code.isEmpty());
    m_code->setText(inGroups(question.code));
    const QString key = m_host.shortKeyText(question.peerId);
    m_from->setText(question.address.isEmpty() ? tr("Key %1").arg(key)
                                               : tr("Address %1, key %2").arg(peerName(question.address), key));
    m_key->setText(m_host.keyText(question.peerId));
    m_key->setCursorPosition(0);
    if (isNew)
        m_showKey->setChecked(false);
    m_key->setVisible(m_showKey->isChecked());
    switch (question.kind) {
    case hub::Question::Kind::Knock:
        showKnock(question);
        break;
    case hub::Question::Kind::Pairing:
        showPairing(question);
        break;
    case hub::Question::Kind::Permission:
        showPermission(question);
        break;
    }
    for (QPushButton *button : {m_yes, m_no})
        button->setAccessibleName(button->text());
    m_icon->setPixmap(glyphIcon(Glyph::Question).pixmap(QSize(kIconSize, kIconSize), devicePixelRatioF()));
    m_guard->arm();
    setVisible(true);
    if (isNew)
        Q_EMIT asked(tr("Patchbay asks"), m_title->text());
}

void QuestionBar::showKnock(const hub::Question &question)
{
    m_title->setText(tr("%1 wants to come in. Let them in?").arg(peerName(question.name)));
    m_text->setText(tr("They chose that name themselves, and nobody has made sure who they are. Let them in only if "
                       "you expect them. From then on they may always come in, until you forget or ban them."));
    m_yes->setText(tr("Let in"));
    m_no->setText(tr("Refuse"));
}

void QuestionBar::showPairing(const hub::Question &question)
{
    const QString name = peerName(question.name);
    if (question.answered) {
        m_title->setText(tr("Waiting for %1 to say that the digits match.").arg(name));
        m_text->setText(tr("Nothing more to do here: they have to press \"They match\" on their screen too."));
        m_no->setText(tr("Cancel"));
        return;
    }
    m_title->setText(tr("Is this really %1? Compare the six digits.").arg(name));
    m_text->setText(tr("The other screen shows six digits as well. Compare them side by side or by telephone. If only "
                       "one digit differs, or there are none, somebody may be listening in: press \"They differ\"."));
    m_yes->setText(tr("They match"));
    m_no->setText(tr("They differ"));
}

void QuestionBar::showPermission(const hub::Question &question)
{
    m_title->setText(tr("May %1 use %2 here?").arg(peerName(question.name), peerName(question.pluginName)));
    m_text->setText(tr("What they sent waits until you decide. The answer holds until they leave; a lasting one is set "
                       "in Tools, Known peers."));
    m_yes->setText(tr("Allow while here"));
    m_no->setText(tr("Refuse"));
}

void QuestionBar::answer(bool yes)
{
    if (m_guard->isHeld() || m_shown == 0)
        return;
    const Error error = m_host.answer(m_shown, yes);
    if (error.isError())
        Q_EMIT refused(error.message);
    refresh();
}

} // namespace patchbay::gui
