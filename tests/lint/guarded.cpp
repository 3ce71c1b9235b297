// SPDX-License-Identifier: MIT
// What clang must say of a mutex that is not held, and what it must not: compiled with -verify, which takes the comments
// below for all there is to say.
#include "base/mutex.hpp"

namespace {

class Counter {
public:
    void count() {
        const filesrv::MutexLock lock(mutex_);
        ++count_;
        tell();
    }
    void count_unlocked() { ++count_; }  // expected-warning {{writing variable 'count_' requires holding mutex 'mutex_' exclusively}}
    int look_unlocked() { return count_; }  // expected-warning {{reading variable 'count_' requires holding mutex 'mutex_'}}
    void tell_unlocked() { tell(); }  // expected-warning {{calling function 'tell' requires holding mutex 'mutex_' exclusively}}
    void count_too_late() {
        filesrv::MutexLock lock(mutex_);
        lock.unlock();
        ++count_;  // expected-warning {{writing variable 'count_' requires holding mutex 'mutex_' exclusively}}
        lock.lock();
        ++count_;
    }
    void lock_twice() {
        const filesrv::MutexLock lock(mutex_);   // expected-note {{mutex acquired here}}
        const filesrv::MutexLock again(mutex_);  // expected-warning {{acquiring mutex 'mutex_' that is already held}}
    }
    void wait() {
        filesrv::MutexLock lock(mutex_);
        while (count_ == 0) lock.wait(changed_);
    }

private:
    void tell() FS_REQUIRES(mutex_) {
        ++count_;
        changed_.notify_all();
    }

    filesrv::Mutex mutex_;
    std::condition_variable changed_;
    int count_ FS_GUARDED_BY(mutex_) = 0;
};

}  // namespace

int main() {
    Counter counter;
    counter.count();
    counter.count_unlocked();
    counter.tell_unlocked();
    counter.count_too_late();
    counter.lock_twice();
    counter.wait();
    return counter.look_unlocked();
}
