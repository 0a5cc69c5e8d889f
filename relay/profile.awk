# Sums up `perf script -F ip,sym,dso` for relay/profile.sh: a line for each function, "INCLUSIVE SELF NAME",
# in samples, and one for all. What the kernel does is one line for the system call that it serves, and one for
# each stage of it; functions of a library that has no symbols are its exported function that was called.

# The system call in "__x64_sys_sendmmsg", "ksys_read" and the like.
function call_of(symbol) {
    if (match(symbol, /^(__[a-z0-9]+_sys_|__sys_|ksys_)/))
        return substr(symbol, RLENGTH + 1)
    return ""
}

# Where the kernel has no function of its name: the one that was called to make it.
function caller_of(symbol) {
    sub(/@.*/, "", symbol)
    sub(/^(__GI_+)?_*(libc_)?_*/, "", symbol)
    return symbol
}

# From the inside out: what is nearer to the receiver comes first.
function stage_of(symbol) {
    if (symbol ~ /^(sock_def_readable|__wake_up|ep_poll_callback|try_to_wake_up)/)
        return 5
    if (symbol ~ /^(net_rx_action|__do_softirq|handle_softirqs|do_softirq)/)
        return 4
    if (symbol ~ /^(ip_output|ip_send_skb|udp_send_skb|__dev_queue_xmit|ip_finish_output|__netif_)/)
        return 3
    if (symbol ~ /^(schedule|__schedule|schedule_hrtimeout|do_epoll_wait|do_sys_poll|hrtimer_nanosleep)/)
        return 2
    if (symbol ~ /^(udp_sendmsg|udpv6_sendmsg|udp_recvmsg|udpv6_recvmsg|skb_copy_datagram|__skb_recv_udp)/)
        return 1
    return 0
}

function count(name) {
    if (!(name in seen)) {
        seen[name] = 1
        inclusive[name]++
    }
    if (!has_self) {
        has_self = 1
        self[name]++
    }
}

function is_kernel(n) {
    return dso[n] ~ /^\[/ && dso[n] !~ /^\[(vdso|unknown)/
}

function kernel(depth,    n, call, stage, s) {
    stage = 0
    call = ""
    for (n = 0; n < depth; n++) {
        s = stage_of(symbol[n])
        stage = s > stage ? s : stage
        if (call == "")
            call = call_of(symbol[n])
        if (call == "" && symbol[n] ~ /page_fault/)
            call = "page fault"
    }
    if (call == "" && symbol[depth - 1] ~ /SYSCALL/ && frames > depth)
        call = caller_of(symbol[depth])
    if (call == "") {
        count("(kernel: interrupts and scheduling)")
        return
    }
    count(call == "page fault" ? "(kernel: page faults)" : "(system call " call ", " stages[stage] ")")
    if (call != "page fault")
        count("(system call " call ")")
}

function user(from, depth,    n, file, name) {
    for (n = from; n < depth; n++) {
        file = dso[n]
        sub(/.*\//, "", file)
        sub(/\.so.*/, "", file)
        name = symbol[n]
        if (name == "_start" || name ~ /^__libc_start/)
            continue
        if (name == "[unknown]" && file == "libenet") {
            # The function that the caller called, if its name is known.
            if (n + 1 < depth && dso[n + 1] ~ /libenet/)
                continue
            name = "libenet"
        } else if (name == "[unknown]") {
            if (file !~ /^[a-z][a-z0-9_+-]*$/ || n > from)
                continue
            name = "(" file ")"
        }
        count(file ~ /^lib[^e]|^libe[^n]/ ? name " (" file ")" : name)
    }
}

function flush_sample(    n, depth) {
    if (frames == 0)
        return
    samples++
    has_self = 0
    split("", seen)
    # The kernel's frames come first, one of them without a name at times.
    depth = 0
    for (n = 0; n < frames; n++)
        if (is_kernel(n))
            depth = n + 1
    if (depth > 0)
        kernel(depth)
    user(depth, frames)
    if (!has_self)
        count("(no symbol)")
    frames = 0
}

BEGIN {
    stages[0] = "entering and checking"
    stages[1] = "building or taking a datagram"
    stages[2] = "sleeping and waking up"
    stages[3] = "the way out"
    stages[4] = "the receiver's queue"
    stages[5] = "waking the receiver"
}

NF == 0 { flush_sample(); next }

# "	    7f... symbol (dso)"
$1 ~ /^[0-9a-f]+$/ {
    dso[frames] = $NF
    gsub(/^\(|\)$/, "", dso[frames])
    symbol[frames] = NF > 2 ? $2 : "[unknown]"
    frames++
}

END {
    flush_sample()
    print samples + 0, 0, "*"
    for (name in inclusive)
        print inclusive[name], self[name] + 0, name
}
