import type { Texts } from './en.ts';

export const de: Texts = {
  title: '{app} · Konten verbinden',
  loading: 'Wird geladen',
  sentence: '{app} möchte sich mit Ihren Konten verbinden',
  intro: 'Sie melden sich bei jedem Dienst selbst an. {app} sieht Ihr Passwort nie.',
  test: 'Test',
  testHint: 'Eine Testanwendung: Nichts hier ist echt.',
  sources: 'Dienste',
  search: 'Dienste suchen',
  noMatch: 'Nichts hier heißt „{query}“',
  shares: 'Teilt {list}',
  more: '{count} weitere',
  signIn: 'Sie melden sich bei {source} an',
  connected: 'Verbunden',
  finish: 'Verbinden abschließen',
  finishWhy: 'Verbinden Sie mindestens ein Konto',
  leave: 'Ohne Verbinden verlassen',
  withdraw: 'Sie können den Zugriff jederzeit widerrufen, in {app} oder beim Dienst selbst.',
  request: 'Anfrage {id}',

  tryAgain: 'Erneut versuchen',
  close: 'Fenster schließen',
  back: 'Zurück zur Liste',

  toTitle: 'Weiter zu {source}…',
  toText: 'Melden Sie sich dort an und wählen Sie, was Sie teilen. Danach kommen Sie hierher zurück.',
  fromTitle: 'Zurück von {source}',
  fromText: 'Ihre Auswahl wird geprüft…',
  savingTitle: 'Wird abgeschlossen…',
  savingText: 'Ihre Auswahl wird an {app} übergeben.',

  connectedTitle: '{source} ist verbunden',
  connectedText: 'Verbinden Sie ein weiteres Konto oder schließen Sie ab.',
  deniedTitle: 'Sie haben nichts geteilt',
  deniedText:
    'Bei {source} wurde nichts verbunden. Versuchen Sie es erneut oder wählen Sie einen anderen Dienst.',
  unreachableTitle: '{source} ist nicht erreichbar',
  unreachableText: 'Keine Antwort, nichts wurde verbunden. Versuchen Sie es gleich noch einmal.',
  failedTitle: '{source} konnte nicht verbunden werden',
  failedText: 'Die Antwort war nicht wie erwartet, nichts wurde verbunden. Versuchen Sie es erneut.',

  leaveTitle: 'Ohne Verbinden verlassen?',
  leaveText: 'Was Sie eben verbunden haben, wird nicht mit {app} geteilt.',
  leaveYes: 'Verlassen und verwerfen',
  leaveNo: 'Bleiben',

  doneTitle: 'Alles verbunden',
  doneText: 'Zurück zu {app}…',
  doneClose: 'Sie können dieses Fenster schließen und zu {app} zurückkehren.',
  leftTitle: 'Nichts wurde verbunden',
  leftText: 'Sie sind vor dem Abschluss gegangen. Um neu zu beginnen, kehren Sie zu {app} zurück.',
  endedTitle: 'Bereits abgeschlossen',
  endedText: 'Ihre Auswahl wurde an {app} übergeben. Sie können dieses Fenster schließen.',
  expiredTitle: 'Das hat zu lange gedauert',
  expiredText:
    'Zu Ihrer Sicherheit dauert eine Sitzung 30 Minuten. Nichts wurde geteilt. Um neu zu beginnen, kehren Sie zu {app} zurück.',
  emptyTitle: 'Noch nichts zu verbinden',
  emptyText:
    '{app} bietet zurzeit keine Dienste an. Für Entwickler: Schalten Sie eine Datenquelle für diese Anwendung ein.',
  originTitle: 'Diese Seite darf Connect nicht öffnen',
  originText:
    '{origin} gehört nicht zu den Origins der Anwendung, deshalb wurde nichts begonnen. Für Entwickler: Tragen Sie genau diese Origin ein.',
  configTitle: 'Connect konnte nicht starten',
  configText: 'Die Anfrage der Seite wurde abgelehnt. Für Entwickler ist dies die Antwort:',
  browserTitle: 'Nicht in diesem Browser geöffnet',
  browserText:
    'Diese Sitzung gehört zu einem anderen Browser oder ist beendet. Hier wurde nichts verbunden. Beginnen Sie in der Anwendung neu.',
  aloneTitle: 'Öffnen Sie dies aus der Anwendung',
  aloneText:
    'Dieses Fenster erreicht die Seite nicht, die es geöffnet hat. Beginnen Sie dort neu. Für Entwickler: Cross-Origin-Opener-Policy muss same-origin-allow-popups sein.',
  elsewhereTitle: 'Öffnen Sie dies aus {app}',
  elsewhereText: 'Diese Sitzung gehört in ein Fenster, das {app} selbst öffnet. Beginnen Sie dort.',
  networkTitle: 'Sie sind wohl offline',
  networkText:
    'Das konnte nicht gesendet werden. Nichts ist verloren: Prüfen Sie die Verbindung und versuchen Sie es erneut.',
  busyTitle: 'Zu viele Versuche',
  busyText: 'Nichts ist verloren. Warten Sie eine Minute und versuchen Sie es erneut.',
  errorTitle: 'Bei uns ist etwas fehlgeschlagen',
  errorText: 'Das ließ sich nicht abschließen. Nichts ist verloren: Versuchen Sie es gleich noch einmal.',
  theApplication: 'die Anwendung',
};
