"""A SIP phone on PJSIP (PyPI package pjsua2-python), driven by lines: commands on stdin, news on stdout.

Commands, one a line; calls are counted from 0:
    register <user> <password> <server uri> <udp|tcp>
    call <uri> | answer <n> | hangup <n> | hold <n> | resume <n> | transfer <n> <uri> | replace <n> <other>
    dtmf <n> <keys> | say <wav or -> | quit
News:
    ready | registered <status> <reason> | incoming <n> <from> | state <n> <state> <status> | digit <n> <key>
    recording <n> <file> | transferred <n> <status> | error <text>
States are PJSIP's: CALLING EARLY CONNECTING CONFIRMED DISCONNECTED.
"""

import os
import queue
import sys
import threading

import pjsua2 as pj

FOLDER = sys.argv[1]


def tell(*words):
    print(*words, flush=True)


class Call(pj.Call):
    def __init__(self, phone, call_id=pj.PJSUA_INVALID_ID):
        super().__init__(phone.account, call_id)
        self.phone = phone
        self.n = len(phone.calls)
        self.recorder = None
        phone.calls.append(self)

    def onCallState(self, prm):
        info = self.getInfo()
        names = {
            pj.PJSIP_INV_STATE_CALLING: "CALLING",
            pj.PJSIP_INV_STATE_EARLY: "EARLY",
            pj.PJSIP_INV_STATE_CONNECTING: "CONNECTING",
            pj.PJSIP_INV_STATE_CONFIRMED: "CONFIRMED",
            pj.PJSIP_INV_STATE_DISCONNECTED: "DISCONNECTED",
        }
        tell("state", self.n, names.get(info.state, "OTHER"), info.lastStatusCode)

    def onCallMediaState(self, prm):
        try:
            self.connect()
        except pj.Error as error:
            tell("error", "media", error.info().replace("\n", " "))

    def connect(self):
        # The list lives in `info`: SWIG does not keep it alive by itself.
        info = self.getInfo()
        for index, media in enumerate(info.media):
            usable = media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
            if media.type != pj.PJMEDIA_TYPE_AUDIO or not usable:
                continue
            audio = self.getAudioMedia(index)
            if self.recorder is None:
                path = os.path.join(FOLDER, f"heard-{self.n}.wav")
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(path)
                tell("recording", self.n, path)
            audio.startTransmit(self.recorder)
            self.phone.speak_into(audio)

    def onDtmfDigit(self, prm):
        tell("digit", self.n, prm.digit)

    def onCallTransferStatus(self, prm):
        tell("transferred", self.n, prm.statusCode)
        prm.cont = prm.statusCode < 200


class Account(pj.Account):
    def __init__(self, phone):
        super().__init__()
        self.phone = phone

    def onRegState(self, prm):
        tell("registered", prm.code, prm.reason)

    def onIncomingCall(self, prm):
        call = Call(self.phone, prm.callId)
        tell("incoming", call.n, call.getInfo().remoteUri)
        ringing = pj.CallOpParam()
        ringing.statusCode = pj.PJSIP_SC_RINGING
        call.answer(ringing)


class Phone:
    def __init__(self):
        self.account = None
        self.calls = []
        self.player = None
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.userAgent = "tipring-test pjsua2"
        config.logConfig.level = 5
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = os.path.join(FOLDER, "pjsip.log")
        config.medConfig.clockRate = 8000
        config.medConfig.sndClockRate = 8000
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(config)
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(codec.codecId, 200 if codec.codecId.startswith("PCM") else 0)
        self.endpoint.audDevManager().setNullDev()

    def register(self, user, password, server, transport):
        kinds = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
        bind = pj.TransportConfig()
        bind.boundAddress = "127.0.0.1"
        self.endpoint.transportCreate(kinds[transport], bind)
        self.endpoint.libStart()
        config = pj.AccountConfig()
        config.idUri = f"sip:{user}@{server.removeprefix('sip:').split(';')[0]}"
        config.regConfig.registrarUri = server
        config.regConfig.timeoutSec = 600
        config.regConfig.retryIntervalSec = 0
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
        config.mediaConfig.transportConfig.boundAddress = bind.boundAddress
        self.account = Account(self)
        self.account.create(config)

    def speak_into(self, audio):
        if self.player:
            self.player.startTransmit(audio)

    def say(self, path):
        self.player = None
        if path != "-":
            self.player = pj.AudioMediaPlayer()
            self.player.createPlayer(path)
            for call in self.calls:
                if call.isActive() and call.hasMedia():
                    self.player.startTransmit(call.getAudioMedia(-1))

    def carry_out(self, words):
        name, rest = words[0], words[1:]
        if name == "register":
            return self.register(*rest)
        if name == "say":
            return self.say(rest[0])
        if name == "call":
            return Call(self).makeCall(rest[0], pj.CallOpParam(True))
        call = self.calls[int(rest[0])]
        # With the default setting: without, a re-INVITE has no audio.
        option = pj.CallOpParam(True)
        if name == "answer":
            option.statusCode = pj.PJSIP_SC_OK
            call.answer(option)
        elif name == "hangup":
            talking = call.getInfo().state == pj.PJSIP_INV_STATE_CONFIRMED
            option.statusCode = pj.PJSIP_SC_OK if talking else pj.PJSIP_SC_BUSY_HERE
            call.hangup(option)
        elif name == "hold":
            call.setHold(option)
        elif name == "resume":
            option.opt.flag |= pj.PJSUA_CALL_UNHOLD
            call.reinvite(option)
        elif name == "transfer":
            call.xfer(rest[1], option)
        elif name == "replace":
            call.xferReplaces(self.calls[int(rest[1])], option)
        elif name == "dtmf":
            call.dialDtmf(rest[1])
        else:
            raise ValueError(f"no such command: {name}")


def read(lines):
    for line in sys.stdin:
        lines.put(line.split())
    lines.put(["quit"])


def main():
    phone = Phone()
    lines = queue.Queue()
    threading.Thread(target=read, args=(lines,), daemon=True).start()
    tell("ready")
    while True:
        phone.endpoint.libHandleEvents(10)
        try:
            words = lines.get_nowait()
        except queue.Empty:
            continue
        if words == ["quit"]:
            # The process ends as a phone does whose plug is pulled: the other side has been told what the test wanted to tell it.
            os._exit(0)
        try:
            phone.carry_out(words)
        except Exception as error:
            tell("error", " ".join(words), "->", repr(error).replace("\n", " "))


main()
