//! Connections over the loopback, with a lane that the test is the control loop of.

use tokio::sync::mpsc::Receiver;

use super::*;

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// How long to wait for what must happen.
const SOON: Duration = Duration::from_secs(10);

/// Connections, their lane, and where they are accepted.
async fn streams() -> (Streams, Receiver<Arrival>, SocketAddr) {
    let (arrivals, lane) = mpsc::channel(8);
    let streams = Streams::new(arrivals);
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(streams.clone().accept(HERE, listener));
    (streams, lane, at)
}

/// The next event of a connection; as the control loop does, forgets those that are over.
async fn next(streams: &Streams, lane: &mut Receiver<Arrival>) -> (StreamId, StreamEvent) {
    let arrival = tokio::time::timeout(SOON, lane.recv()).await.expect("an event").unwrap();
    let Input::Stream { id, event } = arrival.input else { panic!("{arrival:?}") };
    if matches!(event, StreamEvent::Closed { .. }) {
        streams.forget(id);
    }
    (id, event)
}

async fn accepted(streams: &Streams, lane: &mut Receiver<Arrival>) -> StreamId {
    match next(streams, lane).await {
        (id, StreamEvent::Accepted { .. }) => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn both_ends_may_send_more_than_the_kernel_holds_at_once() {
    const BYTES: usize = 12 << 20;
    let (streams, mut lane, at) = streams().await;
    let mut other = TcpStream::connect(at).await.unwrap();
    let id = accepted(&streams, &mut lane).await;
    for _ in 0..BYTES / PIECE {
        streams.act(id, StreamAction::Send(Bytes::from(vec![1; PIECE])));
    }
    // The other end sends all before it reads anything.
    let far = tokio::spawn(async move {
        other.write_all(&vec![2; BYTES]).await.unwrap();
        let mut read = vec![0; BYTES];
        other.read_exact(&mut read).await.unwrap();
        assert!(read.iter().all(|byte| *byte == 1));
    });
    let mut came = 0;
    while came < BYTES {
        let (_, event) = next(&streams, &mut lane).await;
        let StreamEvent::Received(bytes) = event else { panic!("{event:?}") };
        came += bytes.len();
    }
    tokio::time::timeout(SOON, far).await.expect("all of it").unwrap();
}

#[tokio::test]
async fn many_small_pieces_wait_and_too_many_bytes_end_the_connection() {
    let (streams, mut lane, at) = streams().await;
    let mut other = TcpStream::connect(at).await.unwrap();
    let id = accepted(&streams, &mut lane).await;
    for _ in 0..10_000 {
        streams.act(id, StreamAction::Send(Bytes::from_static(b"record")));
    }
    let mut read = vec![0; 60_000];
    tokio::time::timeout(SOON, other.read_exact(&mut read)).await.expect("all of it").unwrap();
    // Nobody reads any more.
    for _ in 0..2 * QUEUED / (1 << 20) {
        streams.act(id, StreamAction::Send(Bytes::from(vec![0; 1 << 20])));
    }
    let (_, event) = next(&streams, &mut lane).await;
    let reason = "too much waits to be sent".to_owned();
    assert_eq!(event, StreamEvent::Closed { reason });
}

#[tokio::test]
async fn who_has_said_its_last_word_still_gets_the_answer() {
    let (streams, mut lane, at) = streams().await;
    let mut other = TcpStream::connect(at).await.unwrap();
    let id = accepted(&streams, &mut lane).await;
    other.write_all(b"question").await.unwrap();
    other.shutdown().await.unwrap();
    let (_, event) = next(&streams, &mut lane).await;
    assert_eq!(event, StreamEvent::Received(Bytes::from_static(b"question")));
    // The end is in the lane already when the router answers.
    streams.act(id, StreamAction::Send(Bytes::from_static(b"answer")));
    let (_, event) = next(&streams, &mut lane).await;
    assert!(matches!(event, StreamEvent::Closed { .. }), "{event:?}");
    let mut answer = Vec::new();
    tokio::time::timeout(SOON, other.read_to_end(&mut answer)).await.expect("the end").unwrap();
    assert_eq!(answer, b"answer");
}

#[tokio::test]
async fn what_is_queued_goes_out_before_we_close() {
    let (streams, mut lane, at) = streams().await;
    let mut other = TcpStream::connect(at).await.unwrap();
    let id = accepted(&streams, &mut lane).await;
    streams.act(id, StreamAction::Send(Bytes::from(vec![7; 1 << 20])));
    streams.act(id, StreamAction::Close);
    let mut read = Vec::new();
    tokio::time::timeout(SOON, other.read_to_end(&mut read)).await.expect("the end").unwrap();
    assert_eq!(read.len(), 1 << 20);
    // No event follows: the next is another connection's.
    let _another = TcpStream::connect(at).await.unwrap();
    assert_ne!(accepted(&streams, &mut lane).await, id);
}

#[tokio::test]
async fn what_comes_after_we_closed_does_not_cost_the_other_end_its_answer() {
    // Half of it fits into its buffer, the rest into ours.
    const BYTES: usize = 16_000;
    let small = || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(8192).unwrap();
        socket.set_recv_buffer_size(8192).unwrap();
        socket
    };
    let (arrivals, mut lane) = mpsc::channel(8);
    let streams = Streams::new(arrivals);
    let socket = small();
    socket.bind(SocketAddr::from((HERE, 0))).unwrap();
    let listener = socket.listen(1).unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(streams.clone().accept(HERE, listener));
    let mut other = small().connect(at).await.unwrap();
    let id = accepted(&streams, &mut lane).await;
    streams.act(id, StreamAction::Send(Bytes::from(vec![3; BYTES])));
    streams.act(id, StreamAction::Close);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    // Once the socket were gone the kernel would take back what is still in our buffer.
    other.write_all(b"more").await.unwrap();
    let mut read = Vec::new();
    tokio::time::timeout(SOON, other.read_to_end(&mut read)).await.expect("the end").unwrap();
    assert_eq!(read.len(), BYTES);
}

#[tokio::test]
async fn one_too_many_takes_the_place_of_the_one_that_was_idle_for_longest() {
    let (streams, mut lane, at) = streams().await;
    let mut others = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..MOST {
        others.push(TcpStream::connect(at).await.unwrap());
        ids.push(accepted(&streams, &mut lane).await);
    }
    // The first says something, so the second is it.
    others[0].write_all(b"here").await.unwrap();
    next(&streams, &mut lane).await;
    others.push(TcpStream::connect(at).await.unwrap());
    let (mut closed, mut came) = (None, false);
    while closed.is_none() || !came {
        match next(&streams, &mut lane).await {
            (id, StreamEvent::Closed { .. }) => closed = Some(id),
            (_, event) => came = matches!(event, StreamEvent::Accepted { .. }),
        }
    }
    assert_eq!(closed, Some(ids[1]));
    let mut rest = Vec::new();
    tokio::time::timeout(SOON, others[1].read_to_end(&mut rest)).await.expect("the end").unwrap();
}

#[tokio::test]
async fn what_belongs_to_the_last_router_is_told_apart_even_under_the_same_number() {
    let (streams, mut lane, at) = streams().await;
    let SocketAddr::V4(to) = at else { panic!("{at}") };
    let asked = StreamId::ASKED;
    streams.act(asked, StreamAction::Connect { from: HERE, to });
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(tokio::time::timeout(SOON, lane.recv()).await.unwrap().unwrap().epoch);
    }
    assert_eq!(seen, [Some(0), Some(0)]);
    streams.close_all();
    assert_eq!(streams.epoch(), 1);
    streams.act(asked, StreamAction::Connect { from: HERE, to });
    // Ends of the old ones may come; connections of the new router bear its number.
    loop {
        let arrival = tokio::time::timeout(SOON, lane.recv()).await.unwrap().unwrap();
        let Input::Stream { id, event } = arrival.input else { panic!() };
        if arrival.epoch == Some(1) {
            assert!(matches!(event, StreamEvent::Connected | StreamEvent::Accepted { .. }));
            if id == asked {
                break;
            }
        } else {
            assert!(matches!(event, StreamEvent::Closed { .. }), "{event:?}");
        }
    }
}
